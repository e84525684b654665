//! An async client for the Persium air-quality API, on hyper and tokio
