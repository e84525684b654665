//! What comes goes back, whatever it is.

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;

/// Any JSON, the numbers among them such as a server may write.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-1000_i32..1000).prop_map(|n| Value::from(f64::from(n) / 8.0)),
        "[ -~]{0,12}".prop_map(Value::from),
        Just(json!("12.50")),
        Just(json!("2026-11-23T10:00:00Z")),
        Just(json!("2026-11-23T10:00:00.120+01:00")),
        Just(json!("8D2F1A3E-1234-4C1B-9999-abcdefabcdef")),
        Just(json!("online")),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("value|base_on|[a-z]{1,3}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// An object with any of `names`, holding anything.
fn object(names: &'static str, identity: Value) -> impl Strategy<Value = Value> {
    prop::collection::btree_map(names, any_json(), 0..8).prop_map(move |map| {
        let mut object: serde_json::Map<_, _> = map.into_iter().collect();
        object.extend(identity.as_object().into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())));
        Value::Object(object)
    })
}

/// Through text, as over the wire, and back.
fn round_trip<T: DeserializeOwned + Serialize>(value: &Value) -> Value {
    let read: T = serde_json::from_str(&value.to_string()).expect("only its identity is required");
    serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap()
}

const ID: &str = "8d2f1a3e-1234-4c1b-9999-abcdefabcdef";

proptest! {
    #[test]
    fn a_station_gives_back_what_came(
        station in object("name|latitude|longitude|status|last_updated|daqi|caqi|usaqi|[a-z]{1,4}", json!({"uuid": ID}))
    ) {
        prop_assert_eq!(round_trip::<Station>(&station), station);
    }

    #[test]
    fn me_gives_back_what_came(
        me in object("organisation_uuid|label|all_organisations|[a-z]{1,4}", json!({"client_id": "acme"}))
    ) {
        prop_assert_eq!(round_trip::<Me>(&me), me);
    }

    #[test]
    fn a_sensor_gives_back_what_came(sensor in object("uuid|name|parameter|unit|[a-z]{1,4}", json!({}))) {
        prop_assert_eq!(round_trip::<Sensor>(&sensor), sensor);
    }

    #[test]
    fn an_index_gives_back_what_came(index in object("value|base_on|[a-z]{1,4}", json!({}))) {
        prop_assert_eq!(round_trip::<AirQualityIndex>(&index), index);
    }

    #[test]
    fn any_json_is_a_row_or_an_error(row in any_json()) {
        let _ = Measurement::from_row(uuid::Uuid::nil(), &row.to_string().into());
    }
}

#[test]
fn a_documented_station_is_read_whole() {
    let station = json!({
        "uuid": ID,
        "name": "High Street",
        "latitude": 51.5072,
        "longitude": -0.1276,
        "status": "online",
        "last_updated": "2026-11-23T10:00:00Z",
        "daqi": {"value": 2, "base_on": "PM25"},
        "caqi": {"value": -1, "base_on": "PM10"},
        "usaqi": {"value": null},
    });
    let Station { uuid, name, latitude, longitude, status, last_updated, daqi, caqi, usaqi, extra } =
        serde_json::from_value(station.clone()).unwrap();
    assert_eq!((uuid.to_string(), name.as_deref()), (ID.to_owned(), Some("High Street")));
    assert_eq!((latitude, longitude, status), (Some(51.5072), Some(-0.1276), Some(StationStatus::Online)));
    assert_eq!(last_updated.map(time::OffsetDateTime::unix_timestamp), Some(1_795_428_000));
    let daqi = daqi.unwrap();
    assert_eq!((daqi.value, daqi.base_on), (Some(2.0), Some(Parameter::from("PM2.5"))));
    assert_eq!((caqi.unwrap().value, usaqi.unwrap().value), (None, None), "no index");
    assert!(extra.is_empty(), "{extra:?}");
    assert_eq!(round_trip::<Station>(&station), station);
}

#[test]
fn what_lacks_its_identity_is_none() {
    let refused = |result: Result<Station, serde_json::Error>| result.unwrap_err().to_string();
    let expected = "expected a station, an object with a uuid";
    assert_eq!(refused(serde_json::from_value(json!({"name": "High Street"}))), expected);
    assert_eq!(refused(serde_json::from_value(json!({"uuid": "7"}))), expected);
    assert!(serde_json::from_value::<Me>(json!({"client_id": 7})).is_err());
    assert!(serde_json::from_value::<Sensor>(json!([])).is_err());
}

#[test]
fn a_status_of_the_future_is_kept() {
    for word in ["online", "offline", "stale", "moving"] {
        assert_eq!(StationStatus::from(word).to_string(), word);
    }
    assert_eq!(StationStatus::from("moving"), StationStatus::Other("moving".to_owned()));
}
