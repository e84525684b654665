//! Who signed a certificate, by what stands in it.

const BIT_STRING: u8 = 0x03;
const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;
/// `[0]`, before a version that is not the first.
const VERSION: u8 = 0xa0;

/// A certificate that names itself as its issuer, taken apart (RFC 5280 sections 3.2 and 4.1), for whoever has the cryptography to
/// say whether it is signed by its own key too.
///
/// It is read as it came and trusted in nothing: what it says may refine the reason of a refusal, and never allow anything.
///
/// ```
/// use persium_core::SelfIssued;
///
/// assert!(SelfIssued::read(b"no certificate").is_none());
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SelfIssued<'a> {
    /// What is signed: the DER of the `TBSCertificate`.
    pub signed: &'a [u8],
    /// How: an `AlgorithmIdentifier` without its tag and length.
    pub signature_algorithm: &'a [u8],
    /// The signature's bytes.
    pub signature: &'a [u8],
    /// What the certificate's own key is for, in the same form.
    pub key_algorithm: &'a [u8],
    /// The key's bytes.
    pub key: &'a [u8],
}

impl<'a> SelfIssued<'a> {
    /// Reads the DER of an X.509 certificate; `None`: it names another issuer, or makes no sense.
    ///
    /// Names are compared byte for byte, so that two spellings of one name are two.
    #[must_use]
    pub fn read(der: &'a [u8]) -> Option<Self> {
        let mut certificate = Der(Der(der).take(SEQUENCE)?.content);
        let body = certificate.take(SEQUENCE)?;
        let signature_algorithm = certificate.take(SEQUENCE)?.content;
        let signature = certificate.take_bits()?;
        let mut fields = Der(body.content);
        // Left out where it is the first.
        let _version = fields.take(VERSION);
        let _serial = fields.take(INTEGER)?;
        let _algorithm = fields.take(SEQUENCE)?;
        let issuer = fields.take(SEQUENCE)?.content;
        let _validity = fields.take(SEQUENCE)?;
        let subject = fields.take(SEQUENCE)?.content;
        let mut key = Der(fields.take(SEQUENCE)?.content);
        let key_algorithm = key.take(SEQUENCE)?.content;
        let key = key.take_bits()?;
        (issuer == subject).then_some(Self {
            signed: body.whole,
            signature_algorithm,
            signature,
            key_algorithm,
            key,
        })
    }
}

/// What is left to read.
struct Der<'a>(&'a [u8]);

struct Element<'a> {
    /// With tag and length.
    whole: &'a [u8],
    content: &'a [u8],
}

impl<'a> Der<'a> {
    /// The next element, where it has that tag.
    fn take(&mut self, tag: u8) -> Option<Element<'a>> {
        let all = self.0;
        let (_, rest) = all.split_first().filter(|(first, _)| **first == tag)?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            // So many bytes of length follow: no certificate has more than three.
            0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(Element { whole: all.strip_suffix(rest)?, content })
    }

    /// The next element, a string of whole bytes.
    fn take_bits(&mut self) -> Option<&'a [u8]> {
        match self.take(BIT_STRING)?.content {
            [0, bytes @ ..] => Some(bytes),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let length = content.len();
        let head = match length {
            0..=0x7f => vec![tag, length as u8],
            _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
        };
        [head, content].concat()
    }

    fn certificate(version: &[u8], issuer: &[u8], subject: &[u8]) -> Vec<u8> {
        let of = |content: &[u8]| element(SEQUENCE, &[content]);
        let key = element(SEQUENCE, &[&of(b"key's algorithm"), &element(BIT_STRING, &[&[0], b"key"])]);
        let fields = [
            version.to_vec(),
            element(INTEGER, &[&[7]]),
            of(b"algorithm"),
            of(issuer),
            of(b"validity"),
            of(subject),
            key,
            element(0xa3, &[&[1; 200]]),
        ];
        let body = element(SEQUENCE, &fields.each_ref().map(Vec::as_slice));
        element(SEQUENCE, &[&body, &of(b"algorithm"), &element(BIT_STRING, &[&[0], b"signature"])])
    }

    #[test]
    fn a_certificate_that_names_itself_is_taken_apart() {
        let versions = [Vec::new(), element(VERSION, &[&element(INTEGER, &[&[2]])])];
        for version in versions {
            let der = certificate(&version, b"itself", b"itself");
            let own = SelfIssued::read(&der).expect("it names itself");
            assert_eq!((own.key, own.key_algorithm), (&b"key"[..], &b"key's algorithm"[..]));
            assert_eq!((own.signature, own.signature_algorithm), (&b"signature"[..], &b"algorithm"[..]));
            assert!(own.signed.starts_with(&[SEQUENCE, 0x82]) && own.signed.len() < der.len());
        }
    }

    #[test]
    fn a_certificate_of_another_is_not() {
        assert!(SelfIssued::read(&certificate(&[], b"an authority", b"a server")).is_none());
    }

    #[test]
    fn whatever_byte_is_another_what_is_taken_apart_stays_within() {
        let der = certificate(&[], b"itself", b"itself");
        for place in 0..der.len() {
            for byte in 0..=u8::MAX {
                let mut changed = der.clone();
                changed[place] = byte;
                let signed = SelfIssued::read(&changed).map_or(0, |own| own.signed.len());
                assert!(signed < der.len(), "byte {place} is {byte}");
            }
        }
    }

    #[test]
    fn a_certificate_that_breaks_off_is_none() {
        let der = certificate(&[], b"itself", b"itself");
        for end in 0..der.len() {
            assert!(SelfIssued::read(&der[..end]).is_none(), "of {} bytes the first {end}", der.len());
        }
    }
}
