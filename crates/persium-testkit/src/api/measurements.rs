//! Measurements of a window, and the latest row.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::answer::{self, Data};
use super::{Api, time};
use crate::form::Form;
use crate::message::Reply;
use crate::seed;
use crate::world::{Rows, Sample, Station, Window, World};

/// A row in either width; nothing but a list of rows knows which.
#[derive(Serialize)]
#[serde(untagged)]
enum Row<'a> {
    Wide {
        timestamp: String,
        #[serde(flatten)]
        values: BTreeMap<&'a str, Cell<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        quality: Option<Quality>,
    },
    Long {
        timestamp: String,
        parameter: &'a str,
        value: f64,
        unit: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        quality: Option<Quality>,
    },
}

/// A field that nobody documents.
#[derive(Clone, Copy, Serialize)]
struct Quality {
    flag: &'static str,
    ratified: bool,
}

/// A value, with its unit where the world writes units.
struct Cell<'a> {
    value: f64,
    unit: Option<&'a str>,
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct WithUnit<'a> {
            value: f64,
            unit: &'a str,
        }
        match self.unit {
            None => self.value.serialize(serializer),
            Some(unit) => WithUnit { value: self.value, unit }.serialize(serializer),
        }
    }
}

impl Api<'_> {
    pub(super) fn measurements(&self, station: &Station, query: &Form) -> Reply {
        let bound = |key: &str| match query.value(key) {
            None | Some("") => Err(format!("{key} is required")),
            Some(text) => time::parse(text).ok_or_else(|| format!("invalid {key}: expected RFC 3339")),
        };
        let window = match (bound("start_time"), bound("end_time")) {
            (Ok(from), Ok(to)) if from <= to => Window { from, to },
            (Ok(_), Ok(_)) => return answer::error(400, "start_time is after end_time"),
            (Err(text), _) | (_, Err(text)) => return answer::error(400, &text),
        };
        let mut samples = station.samples(self.world.seed, window, self.now, self.started);
        if self.world.is_unordered {
            samples.sort_by_key(|sample| seed::mix(self.world.seed, &[sample.at as u64]));
        }
        let rows: Vec<_> = samples.iter().flat_map(|sample| rows(sample, self.world)).collect();
        answer::json(&Data { data: rows })
    }

    pub(super) fn latest(&self, station: &Station) -> Reply {
        match station.latest(self.world.seed, self.now, self.started) {
            None => answer::json(&Data { data: () }),
            Some(sample) => match rows(&sample, self.world).as_slice() {
                [row] => answer::json(&Data { data: row }),
                rows => answer::json(&Data { data: rows }),
            },
        }
    }
}

fn rows<'a>(sample: &'a Sample, world: &World) -> Vec<Row<'a>> {
    let timestamp = time::format(sample.at);
    let quality = world.has_unknown_fields.then_some(Quality { flag: "provisional", ratified: false });
    let wide = |has_units: bool| {
        let values = sample.values.iter();
        let values = values
            .map(|(code, value, unit)| (&**code, Cell { value: *value, unit: has_units.then_some(unit) }));
        vec![Row::Wide { timestamp: timestamp.clone(), values: values.collect(), quality }]
    };
    match world.rows {
        Rows::Wide => wide(true),
        Rows::WideBare => wide(false),
        Rows::Long => {
            let rows = sample.values.iter().map(|(parameter, value, unit)| Row::Long {
                timestamp: timestamp.clone(),
                parameter,
                value: *value,
                unit,
                quality,
            });
            rows.collect()
        }
    }
}
