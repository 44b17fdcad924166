//! From a kubeconfig, or from inside a cluster, to a client. Errors never repeat the text of the kubeconfig or the output of
//! a credential plugin: either may hold a token.

use std::time::Duration;

use kube::client::AuthError;
use kube::config::{Config, KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Error};

use super::Settings;
use crate::model::live::{Failure, Reason, Target};

/// How long a connection may take to come up.
const CONNECT: Duration = Duration::from_secs(5);

/// The client and what it talks to.
pub(super) async fn connect(settings: &Settings) -> Result<(Client, Target), Failure> {
    let (mut config, context) = configuration(settings).await?;
    config.connect_timeout = Some(CONNECT);
    // Whole requests are bounded and repeated by `transport`.
    config.default_retry = false;
    let target = Target { url: address(&config.cluster_url), context };
    let client = Client::try_from(config).map_err(|error| Failure::new(Reason::Other, words(&error)))?;
    Ok((client, target))
}

async fn configuration(settings: &Settings) -> Result<(Config, Option<String>), Failure> {
    let found = match &settings.kubeconfig {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    let named = settings.kubeconfig.is_some() || settings.context.is_some();
    let kubeconfig = match found {
        Ok(kubeconfig) => kubeconfig,
        Err(KubeconfigError::ReadConfig(..) | KubeconfigError::FindPath) if !named => {
            let inside = Config::incluster();
            let nowhere = "no kubeconfig: name one with `--kubeconfig FILE` or KUBECONFIG";
            return inside.map(|config| (config, None)).map_err(|_| Failure::new(Reason::Other, nowhere));
        }
        Err(error) => return Err(refused(&error)),
    };
    let context = settings.context.clone().or_else(|| kubeconfig.current_context.clone());
    let options = KubeConfigOptions { context: settings.context.clone(), ..KubeConfigOptions::default() };
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| refused(&error))?;
    Ok((config, context))
}

fn refused(error: &KubeconfigError) -> Failure {
    let message = match error {
        KubeconfigError::Parse(_) => "the kubeconfig is not valid YAML, or not a kubeconfig".to_owned(),
        KubeconfigError::ParseCertificates(_) => "the kubeconfig holds a certificate that is not PEM".to_owned(),
        KubeconfigError::ParseClusterUrl(_) | KubeconfigError::ParseProxyUrl(_) => {
            "the kubeconfig holds an address that is none".to_owned()
        }
        other => other.to_string(),
    };
    Failure::new(Reason::Other, message)
}

/// The words of a client's error, without what a credential plugin printed.
pub(super) fn words(error: &Error) -> String {
    match error {
        Error::Auth(error) => plugin(error),
        Error::Service(cause) => match cause.downcast_ref::<AuthError>() {
            Some(error) => plugin(error),
            None => chain(cause.as_ref()),
        },
        other => chain(other),
    }
}

fn plugin(error: &AuthError) -> String {
    match error {
        // Its command line with the environment may hold a token as well.
        AuthError::AuthExecRun { out, .. } => format!("the credential plugin failed: {}", out.status),
        AuthError::AuthExecStart(error) => format!("the credential plugin cannot be started: {error}"),
        _ => "the credentials of the kubeconfig cannot be used".to_owned(),
    }
}

/// An error with its causes, each once.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if parts.last().is_none_or(|last| !last.ends_with(&text)) {
            parts.push(text);
        }
        next = error.source();
    }
    parts.join(": ")
}

/// The address of the API without user and password.
fn address(uri: &http::Uri) -> String {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{}://{host}{}", uri.scheme_str().unwrap_or("https"), uri.path().trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_no_credentials() {
        let uri: http::Uri = "https://user:hunter2@k8s.example:6443/".parse().unwrap();
        assert_eq!(address(&uri), "https://k8s.example:6443");
    }

    #[test]
    fn a_plugins_output_is_not_repeated() {
        let out = std::process::Output {
            status: std::process::ExitStatus::default(),
            stdout: b"hunter2".to_vec(),
            stderr: b"hunter2".to_vec(),
        };
        let error = Error::Auth(AuthError::AuthExecRun { cmd: "TOKEN=hunter2 login".to_owned(), out: Box::new(out) });
        assert!(!words(&error).contains("hunter2"), "{}", words(&error));
    }
}
