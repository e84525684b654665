//! What is measured.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::fields::{Field, Taken};

/// What is measured: a pollutant, the temperature, the wind. An open set, in the API's own spelling.
///
/// Two spellings that differ in case, full stops, underscores, hyphens and spaces alone are the same parameter:
///
/// ```
/// use persium_core::model::Parameter;
///
/// let parameter = Parameter::from("PM2.5");
/// assert_eq!(parameter, Parameter::from("pm2_5"));
/// assert_eq!(parameter, *"PM-2-5");
/// assert_ne!(parameter, *"PM10");
/// assert_eq!(parameter.to_string(), "PM2.5", "it is shown as it came");
/// ```
#[derive(Clone)]
// Thin: a measurement has one, and there are many of them.
pub struct Parameter(Arc<Box<str>>);

impl Parameter {
    /// The parameter as it was spelled.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is compared of a spelling.
fn normal(spelling: &str) -> impl Iterator<Item = char> {
    spelling.chars().filter(|c| !is_separator(*c)).flat_map(char::to_lowercase)
}

fn is_separator(c: char) -> bool {
    matches!(c, '.' | '_' | '-' | ' ')
}

/// Compares two spellings by [`normal`]. Walks compare every row with its neighbours, so it goes by bytes for as long
/// as both are ASCII; a character beyond it may have more than one in lower case, or one that is ASCII.
fn compare(one: &str, other: &str) -> Ordering {
    let is_compared = |byte: &u8| !is_separator(char::from(*byte));
    let (mut ones, mut others) = (one.bytes().filter(is_compared), other.bytes().filter(is_compared));
    loop {
        match (ones.next(), others.next()) {
            (Some(a), Some(b)) if a.is_ascii() && b.is_ascii() => {
                let order = a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase());
                if order.is_ne() {
                    return order;
                }
            }
            (None, None) => return Ordering::Equal,
            _ => return normal(one).cmp(normal(other)),
        }
    }
}

impl From<&str> for Parameter {
    fn from(spelling: &str) -> Self {
        Self(Arc::new(spelling.into()))
    }
}

impl From<String> for Parameter {
    fn from(spelling: String) -> Self {
        Self(Arc::new(spelling.into()))
    }
}

impl PartialEq for Parameter {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || compare(&self.0, &other.0).is_eq()
    }
}

impl Eq for Parameter {}

impl PartialEq<str> for Parameter {
    fn eq(&self, other: &str) -> bool {
        compare(&self.0, other).is_eq()
    }
}

impl Ord for Parameter {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.0, &other.0)
    }
}

impl PartialOrd for Parameter {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Parameter {
    fn hash<H: Hasher>(&self, state: &mut H) {
        normal(&self.0).for_each(|c| c.hash(state));
        // Ends it, so that ("a", "b") and ("ab", "") differ.
        state.write_u8(0xff);
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Serialize for Parameter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Parameter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

impl Field for Parameter {
    fn read(value: Value) -> Taken<Self> {
        match value {
            Value::String(spelling) => Taken::Whole(Self::from(spelling)),
            other => Taken::Not(other),
        }
    }

    fn write(&self) -> Value {
        Value::from(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::hash::DefaultHasher;

    fn hashed(parameter: &Parameter) -> u64 {
        let mut hasher = DefaultHasher::new();
        parameter.hash(&mut hasher);
        hasher.finish()
    }

    #[test]
    fn spellings_of_one_pollutant_compare_order_and_hash_alike() {
        let spellings = ["PM2.5", "pm2_5", "PM-2-5", "PM25", "pm 2.5"].map(Parameter::from);
        for (one, other) in spellings.iter().zip(spellings.iter().skip(1)) {
            assert_eq!(one, other);
            assert_eq!(one.cmp(other), Ordering::Equal);
            assert_eq!(hashed(one), hashed(other));
        }
    }

    #[test]
    fn different_pollutants_stay_apart_and_have_an_order() {
        for (less, more) in [("NO", "NO2"), ("PM1", "PM10"), ("NO2", "o3"), ("Å", "ö")] {
            let (less, more) = (Parameter::from(less), Parameter::from(more));
            assert!(less < more && less != more && hashed(&less) != hashed(&more));
        }
    }

    /// Letters whose lower case is ASCII, or more than one letter, among plain ones and separators.
    const ODD: &str = "[aAbB._ ÅåİiKk\u{212a}ß]{0,6}";

    proptest! {
        #[test]
        fn going_by_bytes_changes_no_verdict(one in ODD, other in ODD) {
            prop_assert_eq!(compare(&one, &other), normal(&one).cmp(normal(&other)));
        }
    }
}
