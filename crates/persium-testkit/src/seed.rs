//! Numbers that look random and depend on nothing but what they are made from.

use uuid::Uuid;

/// A value mixed from a seed and the coordinates of what it is for.
pub(crate) fn mix(seed: u64, coordinates: &[u64]) -> u64 {
    coordinates.iter().fold(scramble(seed), |state, coordinate| scramble(state ^ scramble(*coordinate)))
}

/// The same as a number from 0 (included) to 1 (excluded).
pub(crate) fn fraction(seed: u64, coordinates: &[u64]) -> f64 {
    // The upper 53 bits: as many as a double holds exactly.
    (mix(seed, coordinates) >> 11) as f64 / (1u64 << 53) as f64
}

/// A version 4 uuid that the same coordinates always give.
pub(crate) fn uuid(seed: u64, coordinates: &[u64]) -> Uuid {
    let (high, low) = (mix(seed, coordinates), mix(!seed, coordinates));
    uuid::Builder::from_random_bytes(((u128::from(high) << 64) | u128::from(low)).to_be_bytes()).into_uuid()
}

/// A text as a coordinate.
pub(crate) fn of_text(text: &str) -> u64 {
    text.bytes().fold(text.len() as u64, |state, byte| scramble(state ^ u64::from(byte)))
}

/// SplitMix64's step: a bijection with good avalanche (Steele, Lea, Flood: OOPSLA 2014).
fn scramble(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_coordinates_matters() {
        assert_ne!(mix(1, &[2, 3]), mix(1, &[3, 2]));
        assert_eq!(uuid(1, &[2]), uuid(1, &[2]));
        assert_eq!(uuid(1, &[2]).get_version_num(), 4);
    }

    #[test]
    fn fractions_fill_their_range_evenly() {
        let mean = (0..1000).map(|n| fraction(7, &[n])).sum::<f64>() / 1000.0;
        assert!((0.47..0.53).contains(&mean), "{mean}");
    }
}
