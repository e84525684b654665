//! The way to a server, as the doctor shows it: each stage with a time of its own, or the reason why it has none.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;
use std::{env, fs, io, process, thread};

use persium_core::diagnosis::{Check, Checkup, Examination, Outcome, Stage};
use persium_core::{Config, api};
use persium_testkit::conformance::{Setup, config};
use persium_testkit::{Kit, TlsFault, VirtualClock};

use crate::Examines;

use Outcome::{Failed, Passed, Skipped};

const WAY: [Stage; 5] = [Stage::Dns, Stage::Connection, Stage::Proxy, Stage::Tls, Stage::Answer];

/// Straight to an address: nothing is resolved, and no proxy is in the way.
pub(crate) fn is_timed_stage_by_stage<D: Examines>() {
    let kit = Kit::builder().tls().start();
    let checkup = examine::<D>(&kit, |url| url, Setup::of(&kit));
    let there = way(&checkup, "token endpoint");
    assert_outcomes(&there, [Skipped, Passed, Skipped, Passed, Passed]);
    assert_times(&there, [false, true, false, true, true]);
    assert!(there[0].detail.contains("an address") && there[2].detail == "there is none", "{there:?}");
    // On the connection that is open, if it is back in the pool by now. What was not done has no time.
    let again = way(&checkup, "API");
    assert!(again.iter().all(|check| (check.outcome == Passed) == check.took.is_some()), "{again:#?}");
    assert_eq!(again[1].outcome, again[3].outcome, "{again:#?}");
    let json = serde_json::to_value(&checkup).expect("a checkup is JSON");
    let connection = &json["checks"][2];
    assert_eq!((&connection["stage"], &connection["outcome"]), (&"connection".into(), &"passed".into()));
    assert!(connection["milliseconds"].is_f64(), "{connection}");
}

/// By a name, without TLS.
pub(crate) fn resolves_a_name<D: Examines>() {
    let kit = Kit::start();
    let by_name = |url: String| url.replace(host(&kit), "localhost");
    // `localhost` is 127.0.0.1, where the kit is not.
    let relay = Relay::start(kit.authority(), Greeting::None);
    let setup = Setup::default();
    let checkup = examine::<D>(&kit, |url| by_name(url).replace(&port(&kit), &relay.port()), setup);
    let there = way(&checkup, "token endpoint");
    assert_outcomes(&there, [Passed, Passed, Skipped, Skipped, Passed]);
    assert_times(&there, [true, true, false, false, true]);
    assert!(there[0].detail == "localhost is found" && there[3].detail.contains("plain http"), "{there:?}");
}

/// Through a proxy: what is found and connected to is the proxy.
pub(crate) fn goes_through_a_proxy<D: Examines>() {
    let kit = Kit::builder().tls().start();
    let proxy = Relay::start(kit.authority(), Greeting::Tunnel);
    let mut setup = Setup::of(&kit);
    setup.proxy = Some(format!("http://localhost:{}", proxy.port()));
    let checkup = examine::<D>(&kit, |url| url.replace(host(&kit), "api.persium.example"), setup);
    let there = way(&checkup, "token endpoint");
    // The certificate is not that name's.
    assert_outcomes(&there, [Passed, Passed, Passed, Failed]);
    assert_times(&there, [true, true, true, true]);
    assert!(there[0].detail.contains("the proxy is found"), "{there:?}");
    assert_eq!(there[2].detail, "it lets us through to api.persium.example");
}

/// What came before a failure keeps its time; what was not reached is not shown.
pub(crate) fn tells_what_came_before_a_failure<D: Examines>() {
    let kit = Kit::builder().tls().start();
    kit.break_tls(TlsFault::Expired);
    let checkup = examine::<D>(&kit, |url| url, Setup::of(&kit));
    let there = way(&checkup, "token endpoint");
    let stages: Vec<_> = there.iter().map(|check| check.stage).collect();
    assert_eq!(stages, [Stage::Connection, Stage::Tls]);
    assert_outcomes(&there, [Passed, Failed]);
    assert_times(&there, [true, true]);
}

/// What it finds in a file is news to the client still.
pub(crate) fn leaves_a_rotated_secret_for_the_client<D: Examines>() {
    let clock = VirtualClock::new();
    let kit = Kit::builder().clock(&clock).start();
    let file =
        env::temp_dir().join(format!("persium-{}-examined-{}", process::id(), std::any::type_name::<D>()));
    fs::write(&file, kit.client_secret()).expect("the folder for temporary files can be written");
    let mut setup = Setup::of(&kit).with_clock(&clock);
    setup.secret_file = Some(file.clone());
    let client = D::connect(config(&kit), setup).expect("a client");
    client.call(api::Me).expect("by the first secret");

    kit.set_secrets(&["the-second-secret"]);
    fs::write(&file, "the-second-secret").expect("it was written before");
    let checkup = client.examine(Examination::default()).expect("the client is open");
    assert!(checkup.error().is_none(), "{}", checkup.diagnosis());
    clock.advance(Duration::from_secs(300));
    client.call(api::Me).expect("by the second secret");
    fs::remove_file(&file).expect("it is there");
}

fn examine<D: Examines>(kit: &Kit, edit: impl Fn(String) -> String, setup: Setup) -> Checkup {
    let look_up = |name: &str| {
        let value = kit.lookup(name)?;
        Some(if name.ends_with("_URL") { edit(value) } else { value })
    };
    let config = Config::from_lookup(look_up).expect("values that can be used");
    let client = D::connect(config, setup).expect("a client");
    client.examine(Examination::default()).expect("the client is open")
}

fn way(checkup: &Checkup, subject: &str) -> Vec<Check> {
    let way = checkup.checks().iter().filter(|check| check.subject == Some(subject));
    let way: Vec<_> = way.filter(|check| WAY.contains(&check.stage)).cloned().collect();
    assert!(way.is_sorted_by_key(|check| check.stage), "{way:?}");
    way
}

fn assert_outcomes<const N: usize>(way: &[Check], expected: [Outcome; N]) {
    let outcomes: Vec<_> = way.iter().map(|check| check.outcome).collect();
    assert_eq!(outcomes, expected, "{way:#?}");
}

/// A time for what took one. They are real, so that of their lengths nothing is said but that they are parts of a whole.
fn assert_times<const N: usize>(way: &[Check], expected: [bool; N]) {
    let times: Vec<_> = way.iter().map(|check| check.took.is_some()).collect();
    assert_eq!(times, expected, "{way:#?}");
    assert!(way.iter().filter_map(|check| check.took).sum::<Duration>() < Duration::from_secs(60));
}

fn host(kit: &Kit) -> &str {
    kit.authority().rsplit_once(':').expect("host and port").0
}

fn port(kit: &Kit) -> String {
    kit.authority().rsplit_once(':').expect("host and port").1.to_owned()
}

/// Passes every connection on to the kit.
struct Relay(SocketAddr);

#[derive(Clone, Copy)]
enum Greeting {
    None,
    /// A request for a tunnel is granted first.
    Tunnel,
}

impl Relay {
    fn start(to: &str, greeting: Greeting) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("it is bound");
        let to = to.to_owned();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let to = to.clone();
                thread::spawn(move || relay(stream, &to, greeting));
            }
        });
        Self(address)
    }

    fn port(&self) -> String {
        self.0.port().to_string()
    }
}

fn relay(mut near: TcpStream, to: &str, greeting: Greeting) -> io::Result<()> {
    if let Greeting::Tunnel = greeting {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            near.read_exact(&mut byte)?;
            head.extend(byte);
        }
        near.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    }
    let mut far = TcpStream::connect(to)?;
    let (mut back_from, mut back_to) = (far.try_clone()?, near.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut back_from, &mut back_to);
        let _ = back_to.shutdown(Shutdown::Both);
    });
    io::copy(&mut near, &mut far)?;
    far.shutdown(Shutdown::Write)
}
