//! What a client proves itself with.

use std::fmt;

use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::{Request, Status};

/// What a client proves itself with: a token, sent with every request, or nothing.
#[derive(Clone, Default)]
pub struct Credentials {
    authorization: Option<MetadataValue<Ascii>>,
}

/// A token has characters that no header can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token has characters other than visible ASCII")]
pub struct TokenError;

impl Credentials {
    /// A bearer token.
    ///
    /// # Errors
    /// Anything but visible ASCII in it. The error does not repeat the token.
    pub fn token(token: &str) -> Result<Self, TokenError> {
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenError);
        }
        let mut value =
            MetadataValue::try_from(format!("Bearer {token}")).map_err(|_| TokenError)?;
        value.set_sensitive(true);
        Ok(Self { authorization: Some(value) })
    }
}

impl fmt::Debug for Credentials {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.authorization.is_some() { "Credentials(…)" } else { "Credentials" })
    }
}

impl Interceptor for Credentials {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.authorization {
            request.metadata_mut().insert("authorization", value.clone());
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_never_shows() {
        let credentials = Credentials::token("s3cret").expect("visible ASCII");
        assert!(!format!("{credentials:?}").contains("s3cret"));
        assert_eq!(Credentials::token("s3cret\n").err(), Some(TokenError));
        assert!(!TokenError.to_string().contains("s3cret"));
    }
}
