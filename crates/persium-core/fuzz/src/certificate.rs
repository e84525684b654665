//! What a server shows for itself.

use persium_core::SelfIssued;

/// The DER of a certificate, as any server may make it up.
pub(crate) fn certificate(bytes: &[u8]) {
    let Some(own) = SelfIssued::read(bytes) else { return };
    let all = [own.signed, own.signature_algorithm, own.signature, own.key_algorithm, own.key];
    for part in all {
        let is_of_it = bytes.as_ptr_range().contains(&part.as_ptr()) || part.is_empty();
        assert!(is_of_it && part.len() < bytes.len(), "what it is taken apart into is in it");
    }
    assert!(all.iter().map(|part| part.len()).sum::<usize>() < 2 * bytes.len(), "the key is what is in two");
}
