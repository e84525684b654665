//! Why a window is empty.

use super::{Code, Entry, catalogue};
use crate::diagnosis::Certainty;

catalogue! {
    DATA
    WINDOW_REVERSED, "window-reversed", Certain:
        "the window ends before it starts";
        "the window's end is not after its start";
        "exchange the window's start and end";
    WINDOW_SHIFTED, "window-shifted", Likely:
        "the window is shifted by the offset of local time";
        "the window is empty, and would hold the latest reading if its times were local ones";
        "write the window's times in UTC, with a Z, or with the offset they are meant in";
    WINDOW_IN_FUTURE, "window-in-future", Certain:
        "the window lies in the future";
        "the window starts after now";
        "ask for a window that has begun; times without an offset are UTC";
    WINDOW_TOO_SHORT, "window-too-short", Certain:
        "the window is shorter than the station's reporting interval";
        "the window lies between two readings that follow each other at the station's usual distance";
        "widen the window beyond the interval that is named";
    WINDOW_BEFORE_FIRST, "window-before-first", Likely:
        "the window lies before the station's first reading";
        "there are readings after the window, and none in the month before its end";
        "ask for a later window: the first reading that was found is named";
    WINDOW_IN_GAP, "window-in-gap", Certain:
        "the station told nothing in that window, and did before and after";
        "the readings around the window lie further apart than the station's usual distance";
        "nothing can bring back what was not measured: ask Persium's support if it should have been";
    STATION_OFFLINE, "station-offline", Certain:
        "the station is not online";
        "the API gives the station a status other than online";
        "have the station looked at: its power and its connection; Persium's support can help";
    STATION_SILENT, "station-silent", Certain:
        "the station has told nothing since the window began";
        "the station has no latest reading, or one from before the window";
        "ask for a window before its last reading, and have the station looked at";
}
