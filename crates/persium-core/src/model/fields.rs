//! Fields taken out of an object so that they can be put back unchanged.

use serde_json::{Map, Value};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};
use uuid::Uuid;

/// What is made of a JSON object, all of it.
pub(crate) trait Object: Sized {
    /// What it is, as an error says it: `a station with a uuid`.
    const EXPECTED: &'static str;

    /// Takes the fields it knows; what is left is its `extra`. `None`: there is no identity.
    fn from_fields(fields: Fields) -> Option<Self>;

    /// The object it came from.
    fn to_map(&self) -> Map<String, Value>;
}

/// Serde's traits for an [`Object`], by way of its map.
macro_rules! through_a_map {
    ($object:ty) => {
        impl<'de> serde::Deserialize<'de> for $object {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let map = serde_json::Map::deserialize(deserializer)?;
                let expected = <Self as crate::model::fields::Object>::EXPECTED;
                crate::model::fields::read(map)
                    .ok_or_else(|| serde::de::Error::custom(format_args!("expected {expected}")))
            }
        }

        impl serde::Serialize for $object {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                crate::model::fields::Object::to_map(self).serialize(serializer)
            }
        }
    };
}
pub(super) use through_a_map;

/// Reads an object. `None`: it lacks what identifies it.
pub(crate) fn read<T: Object>(map: Map<String, Value>) -> Option<T> {
    T::from_fields(Fields(map))
}

/// An object on its way to being read.
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// Reads a field. It leaves the object only where writing the value gives the same JSON: `"12.5"` reads as 12.5,
    /// and stays, because 12.5 would be written without the quotes.
    pub(super) fn take<T: Field>(&mut self, name: &str) -> Option<T> {
        let (name, value) = self.0.remove_entry(name)?;
        match T::read(value) {
            Taken::Whole(read) => Some(read),
            Taken::Inexactly(read, value) => {
                self.0.insert(name, value);
                Some(read)
            }
            Taken::Not(value) => {
                self.0.insert(name, value);
                None
            }
        }
    }

    /// What nobody took.
    pub(super) fn rest(self) -> Map<String, Value> {
        self.0
    }
}

/// A value that was asked for as another type than it may have.
pub(super) enum Taken<T> {
    /// It is one, and is written the way it came.
    Whole(T),
    /// It can be read as one, and would be written otherwise.
    Inexactly(T, Value),
    /// It is none.
    Not(Value),
}

/// A type that a field may have.
pub(super) trait Field: Sized {
    fn read(value: Value) -> Taken<Self>;
    fn write(&self) -> Value;
}

/// An object being written: `extra` first, and nothing of it is written over.
pub(super) struct Writer(Map<String, Value>);

impl Writer {
    pub(super) fn over(extra: &Map<String, Value>) -> Self {
        Self(extra.clone())
    }

    pub(super) fn put<T: Field>(mut self, name: &str, value: Option<&T>) -> Self {
        if let Some(value) = value
            && !self.0.contains_key(name)
        {
            self.0.insert(name.to_owned(), value.write());
        }
        self
    }

    pub(super) fn finish(self) -> Map<String, Value> {
        self.0
    }
}

impl<T: Field> Taken<T> {
    /// What was read from `value` without consuming it.
    fn compared(read: Option<T>, value: Value) -> Self {
        match read {
            Some(read) if read.write() == value => Self::Whole(read),
            Some(read) => Self::Inexactly(read, value),
            None => Self::Not(value),
        }
    }
}

impl Field for String {
    fn read(value: Value) -> Taken<Self> {
        match value {
            Value::String(text) => Taken::Whole(text),
            other => Taken::Not(other),
        }
    }

    fn write(&self) -> Value {
        Value::from(self.as_str())
    }
}

impl Field for bool {
    fn read(value: Value) -> Taken<Self> {
        Taken::compared(value.as_bool(), value)
    }

    fn write(&self) -> Value {
        Value::from(*self)
    }
}

impl Field for f64 {
    fn read(value: Value) -> Taken<Self> {
        let read = match &value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => number_in(text),
            _ => None,
        };
        Taken::compared(read, value)
    }

    /// Whole numbers without a point, the way the API's own encoder writes them.
    fn write(&self) -> Value {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let is_whole =
            self.fract() == 0.0 && self.abs() < EXACT && !(*self == 0.0 && self.is_sign_negative());
        if is_whole { Value::from(*self as i64) } else { Value::from(*self) }
    }
}

impl Field for OffsetDateTime {
    fn read(value: Value) -> Taken<Self> {
        Taken::compared(value.as_str().and_then(time_in), value)
    }

    /// RFC 3339; `null` for a year that has no such form, which nothing that was read has.
    fn write(&self) -> Value {
        self.format(&Rfc3339).map_or(Value::Null, Value::from)
    }
}

impl Field for Uuid {
    fn read(value: Value) -> Taken<Self> {
        Taken::compared(value.as_str().and_then(|text| Self::try_parse(text).ok()), value)
    }

    fn write(&self) -> Value {
        Value::from(self.hyphenated().to_string())
    }
}

/// A number in quotes. `NaN` and `inf` are words.
pub(super) fn number_in(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// RFC 3339, in UTC. `None` also where UTC has no such form for it: an offset may lead out of the years 0 to 9999.
pub(super) fn time_in(text: &str) -> Option<OffsetDateTime> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    time.checked_to_offset(UtcOffset::UTC).filter(|time| time.year() >= 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn take<T: Field>(value: Value) -> (Option<T>, bool) {
        let mut fields = Fields(Map::from_iter([("field".to_owned(), value)]));
        (fields.take("field"), fields.rest().is_empty())
    }

    #[test]
    fn a_number_leaves_the_object_only_where_it_is_written_as_it_came() {
        let table = [
            (json!(12.5), Some(12.5), true),
            (json!(12), Some(12.0), true),
            (json!(-3), Some(-3.0), true),
            (json!(12.0), Some(12.0), false),
            (json!(1e300), Some(1e300), true),
            (json!(9_007_199_254_740_993_u64), Some(9_007_199_254_740_992.0), false),
            (json!("12.5"), Some(12.5), false),
            (json!("NaN"), None, false),
            (json!(null), None, false),
            (json!([1]), None, false),
        ];
        for (value, read, whole) in table {
            assert_eq!(take::<f64>(value.clone()), (read, whole), "{value}");
        }
    }

    #[test]
    fn a_time_is_read_in_utc_and_kept_where_it_was_written_otherwise() {
        let table = [
            (json!("2026-11-23T10:00:00Z"), Some(1_795_428_000), true),
            (json!("2026-11-23T10:00:00.5Z"), Some(1_795_428_000), true),
            (json!("2026-11-23T11:00:00+01:00"), Some(1_795_428_000), false),
            (json!("9999-12-31T23:00:00Z"), Some(253_402_297_200), true),
            (json!("9999-12-31T23:00:00-02:00"), None, false),
            (json!("0000-01-01T00:00:00+02:00"), None, false),
            (json!("2026-11-23"), None, false),
            (json!(1_795_428_000), None, false),
        ];
        for (value, read, whole) in table {
            let (time, left) = take::<OffsetDateTime>(value.clone());
            assert_eq!((time.map(OffsetDateTime::unix_timestamp), left), (read, whole), "{value}");
            assert!(time.is_none_or(|time| time.offset().is_utc()));
        }
    }

    #[test]
    fn an_id_in_another_spelling_is_the_same_id_and_keeps_its_spelling() {
        let upper = json!("8D2F1A3E-1234-4C1B-9999-ABCDEFABCDEF");
        let (id, left) = take::<Uuid>(upper);
        assert_eq!(id.map(|id| id.write()), Some(json!("8d2f1a3e-1234-4c1b-9999-abcdefabcdef")));
        assert!(!left);
    }
}
