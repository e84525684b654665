//! Keycloak's own files: fetched once and unpacked below the target folder.

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use anyhow::{Context, Result, bail, ensure};

use crate::log::Log;
use crate::workspace::Workspace;

/// A release of Keycloak.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Distribution {
    pub(crate) version: &'static str,
    /// Names the log of the comparison with it.
    pub(crate) log: &'static str,
}

/// Those that the fake has a profile of, oldest first.
pub(crate) const RELEASES: [Distribution; 4] = [
    Distribution { version: "24.0.5", log: "keycloak-24.0.5" },
    Distribution { version: "26.0.8", log: "keycloak-26.0.8" },
    Distribution { version: "26.4.0", log: "keycloak-26.4.0" },
    Distribution { version: "26.7.3", log: "keycloak-26.7.3" },
];

/// A release unpacked, held by this process alone.
#[derive(Debug)]
pub(crate) struct Home {
    folder: PathBuf,
    #[expect(dead_code, reason = "held for its lock alone")]
    lock: File,
}

impl Distribution {
    /// The release the project is held to.
    pub(crate) const fn newest() -> Self {
        RELEASES[RELEASES.len() - 1]
    }

    /// The release of that name.
    pub(crate) fn of(version: &str) -> Result<Self> {
        let known = RELEASES.into_iter().find(|release| release.version == version);
        known.with_context(|| {
            format!(
                "there is no release `{version}` here: {}",
                RELEASES.map(|known| known.version).join(", ")
            )
        })
    }

    pub(crate) fn is_fetched(self, workspace: &Workspace) -> bool {
        self.archive(workspace).exists()
    }

    /// Downloads the archive.
    pub(crate) fn fetch(self, workspace: &Workspace, log: &Log) -> Result<()> {
        let archive = self.archive(workspace);
        let partial = workspace.scratch().join(format!("partial-{}", process::id()));
        let mut maven = Command::new("mvn");
        maven.current_dir(workspace.root()).args([
            "--batch-mode",
            "--quiet",
            "-Dstyle.color=never",
            "dependency:copy",
        ]);
        maven.arg(format!("-Dartifact=org.keycloak:keycloak-quarkus-dist:{}:zip", self.version));
        maven.arg(format!("-DoutputDirectory={}", partial.display()));
        log.expect(&maven)
            .context("could not fetch Keycloak: is Maven (`mvn`) installed, and Maven Central in reach?")?;
        // Whoever finds the archive finds all of it.
        fs::rename(partial.join(self.file_name()), &archive)
            .context("Maven fetched something else than Keycloak")?;
        fs::remove_dir(partial)?;
        Ok(())
    }

    /// The release below the target folder, as good as new but for the parts it compiles at its first start.
    pub(crate) fn unpack(self, workspace: &Workspace, log: &Log) -> Result<Home> {
        let folder = workspace.scratch().join(format!("keycloak-{}", self.version));
        let lock = lock(&workspace.scratch().join(format!("keycloak-{}.lock", self.version)))?;
        let home = Home { folder, lock };
        if home.is_usable() {
            remove(&home.folder.join("data"))?;
            return Ok(home);
        }
        remove(&home.folder)?;
        let archive = self.archive(workspace);
        let mut unzip = Command::new("unzip");
        unzip.arg("-q").arg(&archive).arg("-d").arg(workspace.scratch());
        log.expect(&unzip).with_context(|| {
            format!("could not unpack {}: is `unzip` installed? If so, delete the archive", archive.display())
        })?;
        ensure!(home.folder.exists(), "{} holds no folder keycloak-{}", archive.display(), self.version);
        Ok(home)
    }

    fn archive(self, workspace: &Workspace) -> PathBuf {
        workspace.scratch().join(self.file_name())
    }

    fn file_name(self) -> String {
        format!("keycloak-quarkus-dist-{}.zip", self.version)
    }
}

impl Home {
    /// Lays the realms where Keycloak looks for them when it starts.
    pub(crate) fn import(&self, realms: &Path) -> Result<()> {
        let import = self.folder.join("data").join("import");
        fs::create_dir_all(&import)?;
        for realm in realm_files(realms)? {
            let name = realm.file_name().expect("a file has a name");
            fs::copy(&realm, import.join(name))
                .with_context(|| format!("could not copy {}", realm.display()))?;
        }
        Ok(())
    }

    /// The first start compiles parts of Keycloak in place: a home where it came to its end serves again, in half
    /// the time; one where it was cut short does not.
    pub(crate) fn mark_usable(&self) -> Result<()> {
        Ok(fs::write(self.usable(), "")?)
    }

    fn is_usable(&self) -> bool {
        self.usable().exists()
    }

    fn usable(&self) -> PathBuf {
        self.folder.join("usable")
    }

    /// A folder for certificates, gone with the next run's start.
    pub(crate) fn tls(&self) -> PathBuf {
        self.folder.join("data").join("tls")
    }

    /// The script that runs it.
    pub(crate) fn script(&self) -> PathBuf {
        self.folder.join("bin").join("kc.sh")
    }
}

/// The realm files of a folder, which must hold some.
pub(crate) fn realm_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))? {
        files.push(entry?.path());
    }
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    ensure!(!files.is_empty(), "{} holds no realm", folder.display());
    files.sort();
    Ok(files)
}

fn lock(path: &Path) -> Result<File> {
    let lock = File::create(path).with_context(|| format!("could not write {}", path.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => bail!("a Keycloak of this target folder is running already"),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("could not lock {}", path.display()))
        }
    }
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("could not remove {}", folder.display()))?;
    }
    Ok(())
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keycloak {}", self.version)
    }
}
