//! Signatures as Micro will check them.

use crate::signing::{Keys, Signature};
use serenity::interactions_endpoint::Verifier;

const BODY: &[u8] = br#"{"type":1}"#;

fn verifier(keys: &Keys) -> Verifier {
    Verifier::new(&keys.public_hex())
}

#[test]
fn a_fixed_key_signs_the_same_every_time() {
    // The first test vector of RFC 8032 has this seed, an empty message and these two values.
    let seed = [
        0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44,
        0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
    ];
    let keys = Keys::from_seed(&seed);
    assert_eq!(keys.public_hex(), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    let signature = keys.sign("", b"");
    assert!(signature.starts_with("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"));
    assert!(signature.ends_with("5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"));
}

#[test]
fn serenity_takes_good_and_stale_signatures_and_no_bad_ones() {
    let keys = Keys::random();
    for (signature, right) in [(Signature::Good, true), (Signature::Stale, true), (Signature::Bad, false)] {
        let (timestamp, signed) = keys.signed(signature, BODY).unwrap();
        let taken = verifier(&keys).verify(&signed, &timestamp, BODY).is_ok();
        assert_eq!(taken, right, "{signature:?}");
    }
    assert!(keys.signed(Signature::Missing, BODY).is_none());
}

#[test]
fn stale_is_older_than_micro_lets_pass() {
    let keys = Keys::random();
    let of = |signature| keys.signed(signature, BODY).unwrap().0.parse::<i64>().unwrap();
    assert!(of(Signature::Good) - of(Signature::Stale) > 300);
}
