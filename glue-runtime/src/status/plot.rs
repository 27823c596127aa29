//! Plots for the page: small SVG pictures of the last two hours (behaviour B70).
//!
//! A series is one path, so that a picture has some kilobytes at most. What it shows is told apart by form, too, and not by
//! colour alone.

use super::history::{Delivered, MOST_POINTS, Point};
use core::fmt::Write as _;
use glue_proto::{Histogram, Millis};
use maud::{Markup, html};

/// The size of a picture, in units of its own: it is as wide as there is room.
const VIEW: &str = "0 0 360 112";
/// Where the points begin, and where they end.
const LEFT: f64 = 44.0;
const RIGHT: f64 = 352.0;
/// The highest and the lowest value.
const TOP: f64 = 10.0;
const BOTTOM: f64 = 92.0;
/// Where the times are written.
const FOOT: f64 = 107.0;
/// The base line of counts: below it stands what has failed.
const BASE: f64 = 64.0;

/// Draws how long deliveries took, on a logarithmic scale.
pub(super) fn delivered(points: &[Point], pick: fn(&Point) -> Delivered) -> Markup {
    let ticks = [(10, "10 ms"), (100, "0.1 s"), (1_000, "1 s"), (10_000, "10 s"), (100_000, "100 s")];
    let (mut spans, mut middles, mut highs) = (String::new(), String::new(), String::new());
    for (x, point) in placed(points) {
        let Delivered { p50: Some(p50), p95: Some(p95) } = pick(point) else { continue };
        let (low, high) = (height(p50), height(p95));
        let _ = write!(spans, "M{x:.1} {low:.1}V{high:.1}");
        let _ = write!(middles, "M{x:.1} {low:.1}h.01");
        let _ = write!(highs, "M{:.1} {high:.1}h3", x - 1.5);
    }
    let is_empty = spans.is_empty();
    let marks = html! {
        @for (millis, label) in ticks { (level(height(Millis(millis)), label)) }
        path class="span" d=(spans) {}
        path class="high" d=(highs) {}
        path class="middle" d=(middles) {}
    };
    picture("how long deliveries took", is_empty, &marks)
}

/// Draws how often something went well, upwards, and how often it failed, downwards.
pub(super) fn counted(what: &str, points: &[Point], pick: fn(&Point) -> (u32, u32)) -> Markup {
    let most = |part: fn((u32, u32)) -> u32| points.iter().map(|point| part(pick(point))).max().unwrap_or(0);
    let (most_good, most_bad) = (most(|(good, _)| good), most(|(_, bad)| bad));
    let unit = |room: f64, most: u32| if most == 0 { f64::INFINITY } else { room / f64::from(most) };
    let unit = unit(BASE - TOP, most_good).min(unit(BOTTOM - BASE, most_bad));
    let (mut well, mut badly) = (String::new(), String::new());
    for (x, point) in placed(points) {
        let (good, bad) = pick(point);
        for (path, sign, count) in [(&mut well, "-", good), (&mut badly, "", bad)] {
            if count > 0 {
                let _ = write!(path, "M{x:.1} {BASE}v{sign}{:.1}", f64::from(count) * unit);
            }
        }
    }
    let label = |count: u32, sign: f64| {
        let y = f64::from(count).mul_add(unit * sign, BASE);
        html! { @if count > 0 { (level(y, &count.to_string())) } }
    };
    let marks = html! {
        (level(BASE, "0"))
        (label(most_good, -1.0))
        (label(most_bad, 1.0))
        path class="well" d=(well) {}
        path class="badly" d=(badly) {}
    };
    picture(what, most_good == 0 && most_bad == 0, &marks)
}

/// Returns the points with their places: the newest stands on the right.
fn placed(points: &[Point]) -> impl Iterator<Item = (f64, &Point)> {
    let steps = (0..MOST_POINTS).map(|step| u32::try_from(step).unwrap_or_default());
    let width = (RIGHT - LEFT) / f64::from(u32::try_from(MOST_POINTS).unwrap_or(1));
    let steps = steps.skip(MOST_POINTS.saturating_sub(points.len()));
    steps.zip(points).map(move |(step, point)| ((f64::from(step) + 0.5).mul_add(width, LEFT), point))
}

/// Returns where a span stands.
fn height(span: Millis) -> f64 {
    let [least, .., most] = Histogram::BOUNDS;
    let decades = |span: Millis| f64::from(u32::try_from(span.0).unwrap_or(u32::MAX)).log10();
    let share = (decades(span.max(Millis(1))) - decades(least)) / (decades(most) - decades(least));
    (BOTTOM - TOP).mul_add(-share.clamp(0.0, 1.0), BOTTOM)
}

/// Draws a line across, with what it stands for.
fn level(y: f64, label: &str) -> Markup {
    html! {
        path class="level" d=(format!("M{LEFT} {y:.1}H{RIGHT}")) {}
        text x=(LEFT - 4.0) y=(format!("{:.1}", y + 3.5)) text-anchor="end" { (label) }
    }
}

fn picture(what: &str, is_empty: bool, marks: &Markup) -> Markup {
    let middle = f64::midpoint(LEFT, RIGHT);
    html! {
        svg class="plot" viewBox=(VIEW) role="img" aria-label=(format!("{what} in the last two hours")) {
            (marks)
            text x=(LEFT) y=(FOOT) { "2 h ago" }
            text x=(middle) y=(FOOT) text-anchor="middle" { "1 h ago" }
            text x=(RIGHT) y=(FOOT) text-anchor="end" { "now" }
            @if is_empty { text x=(middle) y="50" text-anchor="middle" { "none in the last two hours" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deliveries(points: &[Point]) -> String {
        delivered(points, |point| point.to_argus).into_string()
    }

    #[test]
    fn b70_a_plot_of_nothing_says_so() {
        for points in [&[][..], &[Point::default(); 240]] {
            let requests =
                counted("requests", points, |point| (point.requests, point.failures)).into_string();
            for plot in [deliveries(points), requests] {
                assert!(plot.contains("none in the last two hours"), "{plot}");
                assert!(!plot.contains("NaN") && !plot.contains("inf"), "{plot}");
            }
        }
    }

    #[test]
    fn b70_the_newest_point_stands_on_the_right_and_the_longest_time_at_the_top() {
        let of = |p50, p95| Delivered { p50: Some(Millis(p50)), p95: Some(Millis(p95)) };
        let point = |to_argus| Point { to_argus, ..Point::default() };
        let plot = deliveries(&[point(of(10, 300_000)), point(of(0, u64::MAX))]);
        assert!(plot.contains("d=\"M350.1 92.0V10.0M351.4 92.0V10.0\""), "{plot}");
        let plot = deliveries(&[point(of(10, 10)); MOST_POINTS]);
        assert!(plot.contains("d=\"M44.6 92.0V92.0M45.9 ") && plot.len() < 20_000, "{plot}");
    }

    #[test]
    fn b70_failures_stand_below_the_base_line_and_both_fit() {
        for (good, bad, expected) in [
            (10, 0, &["d=\"M351.4 64v-54.0\"", ">10</text>"][..]),
            (0, 7, &["d=\"M351.4 64v28.0\"", ">7</text>"]),
            (100, 100, &["d=\"M351.4 64v-28.0\"", "d=\"M351.4 64v28.0\""]),
            (u32::MAX, 1, &["v-54.0", ">4294967295</text>"]),
        ] {
            let point = Point { probes_answered: good, probes_failed: bad, ..Point::default() };
            let pick = |point: &Point| (point.probes_answered, point.probes_failed);
            let plot = counted("probes", &[point], pick).into_string();
            for text in expected {
                assert!(plot.contains(text), "{text} is missing in {plot}");
            }
        }
    }
}
