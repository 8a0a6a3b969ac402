//! The closed table: the document and the code say the same, and no history breaks it.

use proptest::prelude::*;

use time::macros::{date, datetime};
use time::{Duration, OffsetDateTime};

use super::vendor::{ISSUED, Vendor, held_under, hold, terms};
use crate::issue::Terms;
use crate::{
    Action, Bound, Clock, FREE_SEATS, Facts, Fit, Holding, MarkKind, Marks, Seats, State, bound,
    may, standing,
};

const REFERENCE: &str = include_str!("../../../docs/formats/license.md");

/// The cell of the written table.
fn written(action: Action, state: State) -> &'static str {
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim);
    let mut rows = REFERENCE.lines().filter(|line| line.starts_with("| "));
    let head = rows.find(|line| line.contains("| unlicensed |")).expect("the table's head");
    let column = cells(head).position(|cell| cell == state.as_str()).expect("a column per state");
    let row = rows
        .find(|line| cells(line).next() == Some(action.as_str()))
        .unwrap_or_else(|| panic!("no row for `{}`", action.as_str()));
    cells(row).nth(column).expect("a full row")
}

#[test]
fn the_written_table_is_the_table() {
    for action in Action::ALL {
        for state in State::ALL {
            let cell = bound(action, state).as_str();
            assert_eq!(written(action, state), cell, "{} when {state:?}", action.as_str());
        }
    }
    let rows = REFERENCE.lines().filter(|line| line.contains("stopped |")).count();
    assert!(rows < Action::ALL.len(), "the document has a row for something that is no action");
}

/// One thing that can happen to a site.
#[derive(Debug, Clone)]
enum Event {
    /// Activate one of a few licenses.
    Activate(usize),
    /// Days pass.
    Pass(i64),
    /// The wall clock is set to this many days from the true time.
    SetClock(i64),
    /// Hours of uptime pass without the true time mattering.
    Uptime(i64),
    /// The marks in one place are lost.
    LoseMark,
    /// The site moves: other marks.
    Move(u8),
    /// The vendor ends the first license.
    Revoke,
    /// A database from before: everything activated since is forgotten.
    Restore(usize),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        3 => (0..4_usize).prop_map(Event::Activate),
        4 => (0..200_i64).prop_map(Event::Pass),
        2 => (-3650..3650_i64).prop_map(Event::SetClock),
        2 => (0..100_i64).prop_map(Event::Uptime),
        1 => Just(Event::LoseMark),
        1 => (0..3_u8).prop_map(Event::Move),
        1 => Just(Event::Revoke),
        1 => (0..4_usize).prop_map(Event::Restore),
    ];
    proptest::collection::vec(event, 1..40)
}

/// A site as far as licenses go: what the appliance keeps, in memory.
struct Site {
    truth: OffsetDateTime,
    clock_off: Duration,
    marks: Vec<OffsetDateTime>,
    seen: Duration,
    observed: Marks,
    holdings: Vec<Holding>,
}

impl Site {
    fn clock(&self) -> Clock {
        Clock::judge(self.truth + self.clock_off, &self.marks, self.seen)
    }

    fn apply(&mut self, event: &Event, licenses: &[Holding], revoked: &Holding) {
        match *event {
            Event::Activate(index) => self.holdings.push(licenses[index].clone()),
            Event::Pass(days) => self.truth += Duration::days(days),
            Event::SetClock(days) => self.clock_off = Duration::days(days),
            Event::Uptime(hours) => {
                if matches!(self.clock(), Clock::Ahead { .. }) {
                    self.seen += Duration::hours(hours);
                }
            }
            Event::LoseMark => drop(self.marks.pop()),
            Event::Move(site) => self.observed = marks_of(site),
            Event::Revoke => {
                for holding in &mut self.holdings {
                    if holding.verified.license().id == revoked.verified.license().id {
                        holding.verified = revoked.verified.clone();
                    }
                }
            }
            Event::Restore(length) => self.holdings.truncate(length),
        }
        let clock = self.clock();
        if !matches!(clock, Clock::Ahead { .. }) {
            self.seen = Duration::ZERO;
        }
        self.marks = vec![clock.mark(); 3];
        for holding in &mut self.holdings {
            holding.differs_since = match holding.bound_to.fit(&self.observed) {
                Fit::Fits => None,
                Fit::Differs => holding.differs_since.or(Some(clock.now())),
            };
        }
    }

    /// Whether any license could still entitle at the judged time: the plainest reading of the
    /// promise, without phases or precedence.
    fn anything_counts(&self) -> bool {
        let now = self.clock().now();
        self.holdings.iter().any(|holding| {
            let term = holding.verified.license().term();
            let term = holding.verified.ending().map_or(term, |ending| term.ended_at(ending.at));
            let moved =
                holding.differs_since.is_some_and(|since| now >= since + Duration::days(30));
            term.begins < term.ends && now >= term.begins && now < term.grace_ends && !moved
        })
    }
}

fn marks_of(site: u8) -> Marks {
    Marks::none()
        .with(MarkKind::Install, format!("install-{site}"))
        .with(MarkKind::Cluster, format!("cluster-{}", site / 2))
        .with(MarkKind::ClusterCa, format!("ca-{site}"))
}

fn shelf(vendor: &Vendor) -> Vec<Holding> {
    let licenses = [
        terms(),
        Terms { not_before: date!(2027 - 01 - 01), term_end: date!(2027 - 12 - 31), ..terms() },
        Terms { seats: 3, term_end: date!(2028 - 06 - 30), grace_days: 90, ..terms() },
        Terms { seats: 500, term_end: date!(2026 - 02 - 28), ..terms() },
    ];
    let hold_bound = |(index, terms): (usize, Terms)| {
        let mut holding = hold(vendor, &vendor.text(&format!("l-{index}"), terms));
        holding.bound_to = marks_of(0);
        holding
    };
    licenses.into_iter().enumerate().map(hold_bound).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_history_blocks_what_is_never_stopped_or_grants_what_is(history in events()) {
        let vendor = Vendor::new();
        let shelf = shelf(&vendor);
        let end = datetime!(2026-05-01 00:00 UTC);
        let state = vendor.revoke(&[("l-0", end)], &[]);
        let mut revoked = held_under(&vendor, &vendor.text("l-0", terms()), &state);
        revoked.bound_to = marks_of(0);
        let mut site = Site {
            truth: ISSUED,
            clock_off: Duration::ZERO,
            marks: Vec::new(),
            seen: Duration::ZERO,
            observed: marks_of(0),
            holdings: Vec::new(),
        };
        for event in &history {
            site.apply(event, &shelf, &revoked);
            let clock = site.clock();
            let standing = standing(Facts {
                holdings: &site.holdings, observed: &site.observed, clock,
            });
            let far = Seats { wanted: u32::MAX };
            for action in Action::ALL {
                let verdict = may(action, &standing, far);
                let stops = written(action, standing.state) != Bound::Never.as_str();
                prop_assert_eq!(verdict.is_err(), stops, "{:?} when {:?}", action, standing.state);
                let free = Seats { wanted: FREE_SEATS };
                prop_assert!(may(action, &standing, free).is_ok());
            }
            if site.anything_counts() {
                let lapsed = matches!(standing.state, State::Expired | State::Unlicensed);
                prop_assert!(!lapsed, "{:?}", standing);
            } else {
                let next = Seats { wanted: FREE_SEATS + 1 };
                prop_assert!(may(Action::CreateUser, &standing, next).is_err(), "{:?}", standing);
                prop_assert!(may(Action::CreateWorkspace, &standing, next).is_err());
            }
        }
    }
}
