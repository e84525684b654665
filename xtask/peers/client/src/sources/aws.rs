//! aws-smithy-runtime: its cache of identities. Where they come from is left to others.

use std::hint::black_box;

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime_api::client::identity::{
    Identity, IdentityFuture, ResolveCachedIdentity as _, ResolveIdentity, SharedIdentityCache,
    SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::config_bag::ConfigBag;
use std::time::{Duration, SystemTime};

use super::{Source, told};
use crate::fetch::Fetch;

pub struct Aws {
    cache: SharedIdentityCache,
    resolver: SharedIdentityResolver,
    components: RuntimeComponents,
    config: ConfigBag,
}

impl Source for Aws {
    const NAME: &'static str = "aws-smithy-runtime, `LazyCache`";
    const ENDS_WITH: &'static str = "token";

    async fn start(endpoint: &str) -> Self {
        let components = RuntimeComponentsBuilder::for_tests()
            .with_time_source(Some(SystemTimeSource::new()))
            .with_sleep_impl(Some(TokioSleep::new()))
            .build()
            .expect("all is told");
        Self {
            cache: IdentityCache::lazy().build(),
            resolver: SharedIdentityResolver::new(Resolver(Fetch::new(endpoint))),
            components,
            config: ConfigBag::base(),
        }
    }

    async fn take(&self) -> Result<(), String> {
        let resolver = self.resolver.clone();
        let identity = self.cache.resolve_cached_identity(resolver, &self.components, &self.config);
        black_box(identity.await.map_err(told)?);
        Ok(())
    }
}

#[derive(Debug)]
struct Resolver(Fetch);

impl ResolveIdentity for Resolver {
    fn resolve_identity<'a>(&'a self, _: &'a RuntimeComponents, _: &'a ConfigBag) -> IdentityFuture<'a> {
        IdentityFuture::new(async {
            let token = self.0.token().await?;
            let expires_at = Some(SystemTime::now() + Duration::from_secs(token.expires_in));
            Ok(Identity::new(token.access_token, expires_at))
        })
    }
}
