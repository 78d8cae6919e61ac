//! Medians, percentiles and the interval of a ratio.

/// The value below which `share` (0 to 1) of the samples lie; 0 without samples.
pub(super) fn percentile(samples: &mut [f64], share: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let last = samples.len().saturating_sub(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index into samples that were counted"
    )]
    let index = (last as f64 * share).round() as usize;
    samples.get(index).copied().unwrap_or_default()
}

/// A ratio with its 95 % interval.
pub(super) struct Ratio {
    pub(super) value: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// How often the rounds are drawn anew.
const RESAMPLES: usize = 10_000;

/// The ratio of sums over rounds `(ours, theirs)`, and by bootstrap over rounds where it lies 95 times of 100. The draws
/// are the same on every run.
pub(super) fn ratio(rounds: &[(f64, f64)]) -> Ratio {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut draw = |below: usize| {
        // xorshift64: any even generator does, and this one needs no crate.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below.max(1)).unwrap_or(1)).unwrap_or_default()
    };
    let of = |pairs: &mut dyn Iterator<Item = (f64, f64)>| {
        let (ours, theirs) = pairs.fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
        ours / theirs
    };
    let mut drawn: Vec<f64> = (0..RESAMPLES)
        .map(|_| of(&mut (0..rounds.len()).filter_map(|_| rounds.get(draw(rounds.len())).copied())))
        .collect();
    Ratio {
        value: of(&mut rounds.iter().copied()),
        low: percentile(&mut drawn, 0.025),
        high: percentile(&mut drawn, 0.975),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_samples() {
        let mut samples = [5.0, 1.0, 3.0, 2.0, 4.0];
        assert!((percentile(&mut samples, 0.5) - 3.0).abs() < f64::EPSILON);
        assert!((percentile(&mut samples, 1.0) - 5.0).abs() < f64::EPSILON);
        assert!(percentile(&mut [], 0.5).abs() < f64::EPSILON);
    }

    #[test]
    fn the_interval_holds_the_ratio_and_vanishes_without_noise() {
        let steady = ratio(&[(1.0, 2.0), (1.0, 2.0), (1.0, 2.0)]);
        assert!((steady.low - 0.5).abs() < 1e-9 && (steady.high - 0.5).abs() < 1e-9);
        let noisy = ratio(&[(1.0, 2.0), (1.2, 2.0), (0.8, 2.0), (1.1, 2.1), (0.9, 1.9)]);
        assert!(noisy.low < noisy.value && noisy.value < noisy.high);
        assert!(noisy.low > 0.3 && noisy.high < 0.7);
    }
}
