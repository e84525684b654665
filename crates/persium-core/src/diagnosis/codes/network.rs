//! What is wrong between here and there.

use super::{Code, Entry, catalogue};
use crate::diagnosis::Certainty;

catalogue! {
    NETWORK
    NAME_UNRESOLVED, "name-unresolved", Certain:
        "the host's name does not resolve here";
        "resolving the name failed";
        "compare the host in the URL with what Persium gave you, then look at this machine's DNS";
    CONNECTION_REFUSED, "connection-refused", Certain:
        "nothing accepts connections at that host and port";
        "opening the connection was refused, or there is no route";
        "check the host and port in the URL; if they are right, the server is down or starting, or a firewall refuses you";
    CONNECT_TIMEOUT, "connect-timeout", Certain:
        "no connection could be opened in time";
        "the time for connecting passed";
        "have outgoing connections to that host and port allowed, or set the proxy that you go through";
    ANSWER_TIMEOUT, "answer-timeout", Certain:
        "the server took the request and did not answer in time";
        "the time for one attempt passed while the answer was waited for";
        "try again later, or allow an attempt more time; if it lasts, send Persium's support the time and the request";
    BODY_TIMEOUT, "body-timeout", Certain:
        "the answer began and did not end in time";
        "the time for one attempt passed within the body";
        "ask for less at a time, or allow an attempt more time; if it lasts, look at what stands between you and the host";
    CONNECTION_BROKEN, "connection-broken", Certain:
        "the connection broke before an answer came";
        "the connection was reset or closed while the request was under way";
        "try again; if it lasts, look at what stands between you and the host: a proxy, a firewall, a load balancer";
    BODY_CUT, "body-cut", Certain:
        "the answer broke off within its body";
        "the connection ended before the body did, or the JSON in it breaks off";
        "try again; if it lasts, look at what stands between you and the host, and how long an answer it lets through";
    BODY_GARBLED, "body-garbled", Certain:
        "the answer's body makes no sense";
        "the body is no text, no JSON, or not compressed the way it says";
        "look at what stands between you and the host and changes answers; the support report holds the body";
    BODY_TOO_LARGE, "body-too-large", Certain:
        "the answer is larger than the client takes";
        "the head or the body went beyond its bound";
        "ask for less at a time: a shorter window, or a smaller page";
    NOT_HTTP, "not-http", Certain:
        "what answers does not speak HTTP";
        "the answer's head makes no sense";
        "check the port in the URL: something else listens there";
    PROXY_UNREACHABLE, "proxy-unreachable", Certain:
        "the proxy itself cannot be reached";
        "connecting to the proxy failed, or its name does not resolve";
        "check the proxy's URL, in HTTPS_PROXY or where the client was given it, or go without one";
    PROXY_CREDENTIALS, "proxy-credentials", Certain:
        "the proxy asks for credentials";
        "the proxy answered CONNECT with 407";
        "write the user and the password into the proxy's URL: http://USER:PASSWORD@HOST:PORT";
    PROXY_REFUSED, "proxy-refused", Certain:
        "the proxy does not let the connection through";
        "the proxy did not open a tunnel";
        "have the host allowed at the proxy, or list it in NO_PROXY if it needs none";
    TLS_UNTRUSTED, "tls-untrusted", Certain:
        "the server's certificate is of an authority that is not trusted here";
        "the certificate's chain leads to no trusted authority; a private one and an intercepting proxy's look alike";
        "give the client the authority's certificate (PERSIUM_CA_FILE), or install it on this machine";
    TLS_SELF_SIGNED, "tls-self-signed", Certain:
        "the server's certificate is signed by its own key, and by no authority";
        "the certificate names itself as its issuer, and its own key made its signature";
        "check that the host is the right one; if it is a test server of yours, give the client its certificate (PERSIUM_CA_FILE), made with CA:FALSE: one that may sign others is taken from no server";
    TLS_EXPIRED, "tls-expired", Certain:
        "by this machine's clock the server's certificate has expired";
        "the certificate's time is over";
        "check this machine's date; if it is right, the certificate has to be renewed where it is served";
    TLS_NOT_YET_VALID, "tls-not-yet-valid", Certain:
        "by this machine's clock the server's certificate is not valid yet";
        "the certificate's time is to come";
        "set this machine's clock: it is probably behind";
    TLS_WRONG_HOST, "tls-wrong-host", Certain:
        "the server's certificate is for another host";
        "the certificate names other hosts than the URL does";
        "write the host in the URL as its certificate names it, or check that the name leads to the right server";
    CLIENT_CERTIFICATE_MISSING, "client-certificate-missing", Certain:
        "the server asks for a client certificate, and this client has none to show";
        "the server ended the handshake over the client's certificate, and none was given";
        "give the client the certificate and the key that the server's operator made for it (client_certificate_pem)";
    CLIENT_CERTIFICATE_REFUSED, "client-certificate-refused", Likely:
        "the server does not take this client's certificate";
        "the server ended the handshake over the client's certificate, which was given";
        "see that the certificate has not expired and is of an authority that the server's operator accepts; the alert says which it is, as far as the server tells";
    TLS_CUT, "tls-cut", Certain:
        "the connection was cut in the TLS handshake";
        "the connection broke, or stalled, within the handshake";
        "look at what stands between you and the host: a firewall that lets TCP through and no TLS does this";
    TLS_NOT_SPOKEN, "tls-not-spoken", Certain:
        "what answers at that port does not speak TLS";
        "the bytes of the handshake are no TLS";
        "check the port in the URL: plain HTTP is spoken there";
    TLS_FAILED, "tls-failed", Certain:
        "the TLS handshake failed";
        "the handshake failed for a reason that has no code of its own";
        "check the certificate of the host, and what the error says caused it";
    PAGE_IN_PLACE_OF_JSON, "page-in-place-of-json", Certain:
        "a web page came in place of JSON";
        "the answer is HTML";
        "find out who answers: a login page, a captive portal or a proxy stands in the server's place, or the URL is a site's";
    REDIRECTED, "redirected", Certain:
        "the server sends us elsewhere, and credentials do not follow";
        "the answer is a redirect";
        "set the URL to where it leads, if that is where Persium said it should";
    DEADLINE_PASSED, "deadline-passed", Certain:
        "the call's own deadline passed";
        "the time that the call was given ran out";
        "give the call more time, or see what made it slow";
    CALLED_OFF, "called-off", Certain:
        "the program called it off itself";
        "the caller cancelled the call, or the client was closed";
        "run it again if it should not have been called off";
}
