//! Prints who the API says the client is: with a token that is kept, one more try after a 401, and nothing else of what
//! persium-hyper does.

use std::env;
use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode, redirect};
use serde::Deserialize;

#[derive(Deserialize)]
struct Token {
    access_token: String,
    expires_in: u64,
}

struct Api {
    client: Client,
    token: Option<(String, Instant)>,
}

impl Api {
    async fn token(&mut self) -> Result<String, Box<dyn std::error::Error>> {
        if let Some((token, renew_at)) = &self.token
            && Instant::now() < *renew_at
        {
            return Ok(token.clone());
        }
        let form = [
            ("grant_type", "client_credentials".to_owned()),
            ("client_id", env::var("CLIENT_ID")?),
            ("client_secret", env::var("CLIENT_SECRET")?),
        ];
        let response = self.client.post(env::var("TOKEN_URL")?).form(&form).send().await?;
        let token: Token = response.error_for_status()?.json().await?;
        let renew_at = Instant::now() + Duration::from_secs(token.expires_in.saturating_sub(30));
        self.token = Some((token.access_token.clone(), renew_at));
        Ok(token.access_token)
    }

    async fn me(&mut self) -> Result<serde_json::Value, Box<dyn std::error::Error>> {
        let url = format!("{}/me", env::var("API_BASE_URL")?);
        let mut response = self.client.get(&url).bearer_auth(self.token().await?).send().await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            self.token = None;
            response = self.client.get(&url).bearer_auth(self.token().await?).send().await?;
        }
        Ok(response.error_for_status()?.json().await?)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client =
        Client::builder().redirect(redirect::Policy::none()).timeout(Duration::from_secs(20)).build()?;
    let me = Api { client, token: None }.me().await?;
    println!("{me}");
    Ok(())
}
