//! How many came lately: a window that slides by a twelfth of its length.

use chrono::DateTime;

use crate::Time;

/// Into how many parts a window is cut.
pub const PARTS: usize = 12;

/// How many came within a window. Each part is counted until a window after its beginning, so that
/// nothing is counted for longer than the window, and everything for eleven twelfths of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recent {
    part_seconds: i64,
    newest: i64,
    counts: [u32; PARTS],
}

impl Recent {
    /// Nobody came yet, within a window of so many minutes.
    pub fn new(window_minutes: u32, now: Time) -> Self {
        let part_seconds = i64::from(window_minutes.max(1)) * 60 / PARTS as i64;
        let newest = now.timestamp().div_euclid(part_seconds);
        Self { part_seconds, newest, counts: [0; PARTS] }
    }

    /// The same with what came in each part, the newest first, up to the part of number `newest`.
    pub fn with(self, newest: i64, counts: [u32; PARTS]) -> Self {
        let now = self.newest;
        let mut read = Self { newest, counts, ..self };
        read.turn(now);
        read
    }

    /// Lets the window slide on. A clock that is behind adds to the newest part.
    fn turn(&mut self, newest: i64) {
        let passed = usize::try_from(newest - self.newest).unwrap_or(0);
        if passed > 0 {
            self.counts.rotate_right(passed.min(PARTS) % PARTS);
            self.counts[..passed.min(PARTS)].fill(0);
            self.newest = newest;
        }
    }

    /// The number of the newest part since the epoch.
    pub fn newest(&self) -> i64 {
        self.newest
    }

    /// What came in each part, the newest first.
    pub fn counts(&self) -> &[u32; PARTS] {
        &self.counts
    }

    /// How many came within the window.
    pub fn total(&self) -> u32 {
        self.counts.iter().fold(0, |total: u32, count| total.saturating_add(*count))
    }

    /// Counts up to `n` more as long as there are at most `most`; answers how many were counted.
    pub fn take(&mut self, n: u32, most: u32) -> u32 {
        let taken = n.min(most.saturating_sub(self.total()));
        self.counts[0] += taken;
        taken
    }

    /// Takes one back, of those that came last.
    pub fn give_back(&mut self) {
        if let Some(count) = self.counts.iter_mut().find(|count| **count > 0) {
            *count -= 1;
        }
    }

    /// When there are fewer than `limit` again, if nobody else comes.
    pub fn room_at(&self, limit: u32) -> Time {
        let mut left = self.total();
        let mut gone = 0;
        for (age, count) in self.counts.iter().enumerate().rev() {
            if left < limit.max(1) {
                break;
            }
            left -= count;
            gone = PARTS - age;
        }
        self.begins_at(self.newest + gone as i64)
    }

    /// When all of it has slid out.
    pub fn ends_at(&self) -> Time {
        self.begins_at(self.newest + PARTS as i64)
    }

    fn begins_at(&self, part: i64) -> Time {
        DateTime::from_timestamp(part * self.part_seconds, 0).unwrap_or(Time::MAX_UTC)
    }
}
