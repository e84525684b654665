//! Prints who the API says the client is.

use persium_hyper::Client;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let me = Client::from_env()?.me().await?;
    println!("{me:?}");
    Ok(())
}
