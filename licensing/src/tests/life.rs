//! The life of a license, as the standing tells it.

use time::Duration;
use time::macros::{date, datetime};

use super::vendor::{ISSUED, Vendor, at, held_under, hold, marks, terms};
use crate::issue::Terms;
use crate::{Clock, FREE_SEATS, Facts, Holding, MarkKind, Marks, Reason, State, standing};

#[test]
fn without_a_license_there_are_five_seats_and_nothing_ends() {
    for now in [ISSUED, datetime!(2200-01-01 00:00 UTC)] {
        let standing = at(&[], now);
        assert_eq!((standing.state, standing.entitlement.seats), (State::Unlicensed, FREE_SEATS));
        assert_eq!(standing.until, None);
    }
}

#[test]
fn a_term_goes_from_valid_by_warning_and_grace_to_expired() {
    let vendor = Vendor::new();
    let held = [hold(&vendor, &vendor.text("l", terms()))];
    let states = [
        (datetime!(2025-12-31 09:59 UTC), State::Unlicensed, 5),
        (datetime!(2025-12-31 10:00 UTC), State::Valid, 50),
        (datetime!(2026-11-02 11:59 UTC), State::Valid, 50),
        (datetime!(2026-11-02 12:00 UTC), State::Warning, 50),
        (datetime!(2027-01-01 11:59 UTC), State::Warning, 50),
        (datetime!(2027-01-01 12:00 UTC), State::Grace, 50),
        (datetime!(2027-01-31 11:59 UTC), State::Grace, 50),
        (datetime!(2027-01-31 12:00 UTC), State::Expired, 5),
    ];
    for (now, state, seats) in states {
        let standing = at(&held, now);
        assert_eq!((standing.state, standing.entitlement.seats), (state, seats), "at {now}");
    }
}

#[test]
fn a_trial_does_not_begin_with_a_warning() {
    let vendor = Vendor::new();
    let trial = Terms { term_end: date!(2026 - 01 - 30), ..terms() };
    let held = [hold(&vendor, &vendor.text("l", trial))];
    assert_eq!(at(&held, datetime!(2026-01-05 00:00 UTC)).state, State::Valid);
    assert_eq!(at(&held, datetime!(2026-01-25 00:00 UTC)).state, State::Warning);
}

#[test]
fn back_to_back_terms_give_no_warning() {
    let vendor = Vendor::new();
    let next =
        Terms { not_before: date!(2027 - 01 - 01), term_end: date!(2027 - 12 - 31), ..terms() };
    let held = [hold(&vendor, &vendor.text("a", terms())), hold(&vendor, &vendor.text("b", next))];
    let mut now = ISSUED;
    while now < datetime!(2027-10-01 00:00 UTC) {
        assert_eq!(at(&held, now).state, State::Valid, "at {now}");
        now += Duration::hours(6);
    }
}

#[test]
fn the_larger_of_two_licenses_counts_and_features_add_up() {
    let vendor = Vendor::new();
    let one = Terms { features: ["audit".to_owned()].into(), ..terms() };
    let two = Terms { seats: 80, features: ["high-volume".to_owned()].into(), ..terms() };
    let held = [hold(&vendor, &vendor.text("a", one)), hold(&vendor, &vendor.text("b", two))];
    let standing = at(&held, ISSUED);
    assert_eq!(standing.entitlement.seats, 80);
    assert_eq!(standing.entitlement.features.len(), 2);
}

#[test]
fn a_revoked_license_ends_at_the_list_date_with_its_own_grace() {
    let vendor = Vendor::new();
    let ends = datetime!(2026-06-01 00:00 UTC);
    let state = vendor.revoke(&[("l", ends)], &[]);
    let held = [held_under(&vendor, &vendor.text("l", terms()), &state)];
    assert_eq!(at(&held, ends - Duration::days(70)).state, State::Valid);
    let standing = at(&held, ends);
    assert_eq!(standing.state, State::Grace);
    assert_eq!(standing.reason, Reason::Revoked { reason: "unpaid".into() });
    assert_eq!(at(&held, ends + Duration::days(30)).state, State::Expired);
}

#[test]
fn a_site_that_changed_too_much_has_thirty_days_and_then_the_free_seats() {
    let vendor = Vendor::new();
    let mut held = hold(&vendor, &vendor.text("l", Terms { binding: marks("here"), ..terms() }));
    let moved = Marks::none()
        .with(MarkKind::Install, "new")
        .with(MarkKind::Cluster, "new")
        .with(MarkKind::ClusterCa, "new");
    let judge = |held: &Holding, now| {
        let holdings = std::slice::from_ref(held);
        standing(Facts { holdings, observed: &moved, clock: Clock::Steady { now } })
    };
    let first = judge(&held, ISSUED);
    assert_eq!((first.state, first.entitlement.seats), (State::Rebind, 50));
    held.differs_since = Some(ISSUED);
    let last = judge(&held, ISSUED + Duration::days(30) - Duration::SECOND);
    assert_eq!((last.state, last.entitlement.seats), (State::Rebind, 50));
    let over = judge(&held, ISSUED + Duration::days(30));
    assert_eq!((over.state, over.entitlement.seats), (State::Expired, 5));
    assert_eq!(over.reason, Reason::OtherMarks);
    assert_eq!(at(std::slice::from_ref(&held), ISSUED).state, State::Valid);
}

#[test]
fn a_suspect_clock_is_said_and_takes_nothing_away() {
    let vendor = Vendor::new();
    let held = [hold(&vendor, &vendor.text("l", terms()))];
    let mark = datetime!(2026-03-01 00:00 UTC);
    let judge = |wall| {
        let clock = Clock::judge(wall, &[mark], Duration::ZERO);
        standing(Facts { holdings: &held, observed: &marks("here"), clock })
    };
    for wall in [datetime!(2025-03-01 00:00 UTC), datetime!(2038-01-19 00:00 UTC)] {
        let standing = judge(wall);
        assert_eq!((standing.state, standing.entitlement.seats), (State::ClockSuspect, 50));
    }
    // Turning the clock back does not bring an expired license back.
    let late = datetime!(2027-06-01 00:00 UTC);
    let clock = Clock::judge(mark, &[late], Duration::ZERO);
    let standing = standing(Facts { holdings: &held, observed: &marks("here"), clock });
    assert_eq!(standing.state, State::Expired);
}
