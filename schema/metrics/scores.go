package metrics

// Scores: listening quality, which leaves delay out and is there wherever a
// score is, and conversational quality, which has the delay in and is unknown
// without one. No figure is over both, and none over several scales.

const (
	noUnscored = "Reports without a score: codec unknown, no interval, or no codec values."
	noDelay    = "Reports without a score, and those without a known delay."
	gSeries    = "ITU-T G.107, G.107.1, G.107.2"
)

var scoreMetrics = join(
	scores("lq", "listening", "without delay (T = Tr = Ta = 0)", noUnscored, "r_", "mos_"),
	scores("cq", "conversational", "with the delay", noDelay, "cq_", "cq_mos_"),
)

// scores are the metrics of one kind of quality. r and mos begin the names of
// the rollups' columns.
func scores(kind, word, how, excludes, r, mos string) []Metric {
	fact := func(name string) string { return "f." + name + "_" + kind }
	score := func(name, title, unit string, k Kind, scale float64, definition, standard string, forms []Form) Metric {
		return Metric{
			Name: name, Title: title, Unit: unit, Kind: k, Scale: scale, PerScale: true,
			Definition: definition + " Of " + word + " quality, " + how + ", on one scale.", Standard: standard, Excludes: excludes, Forms: forms,
		}
	}
	mean := func(sum, fact, rounded string) []Form {
		return []Form{
			{BaseQuality, "sum(f." + sum + ")", "sum(f." + r + "count)"},
			{BaseReports, "sum(" + rounded + "(round(ifNull(" + fact + ", 0) * 1000)))", "count(" + fact + ")"},
			{BaseStreams, "sum(f." + sum + ")", "sum(f." + r + "count)"},
		}
	}
	worst := func(column, fact string) []Form {
		return []Form{{BaseQuality, "min(f." + column + ")", ""}, {BaseReports, "min(" + fact + ")", ""}, {BaseStreams, "min(f." + column + ")", ""}}
	}
	percentile := func(name, title string, rank int, definition string) Metric {
		histogram := "sumMapIf(map(toInt64(floor(ifNull(" + fact("r") + ", 0))), toUInt64(1)), " + fact("r") + " IS NOT NULL)"
		m := score(name, title, "R points", KindPercentile, 1, definition, gSeries,
			[]Form{{BaseQuality, "sumMap(f." + r + "histogram)", ""}, {BaseReports, histogram, ""}})
		m.Rank = rank
		return m
	}
	return []Metric{
		score("r_"+kind+"_mean", "R, "+word+", mean", "R points", KindMean, 0.001, "Mean transmission rating factor of the intervals.", gSeries, mean(r+"milli_sum", fact("r"), "toInt64")),
		percentile("r_"+kind+"_p05", "R, "+word+", 5th percentile", 50, "5 % of the intervals were at or below this whole R point."),
		percentile("r_"+kind+"_p50", "R, "+word+", median", 500, "Half of the intervals were at or below this whole R point."),
		score("r_"+kind+"_min", "R, "+word+", worst", "R points", KindMin, 1, "R of the worst interval.", gSeries, worst(r+"min", fact("r"))),
		score("mos_"+kind+"_mean", "MOS, "+word+", mean", "MOS", KindMean, 0.001, "Mean of the opinion scores estimated from R.", "ITU-T G.107 annex B", mean(mos+"milli_sum", fact("mos"), "toUInt64")),
		score("mos_"+kind+"_min", "MOS, "+word+", worst", "MOS", KindMin, 1, "MOS of the worst interval.", "ITU-T G.107 annex B", worst(mos+"min", fact("mos"))),
	}
}
