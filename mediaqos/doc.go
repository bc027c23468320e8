// Package mediaqos turns RTCP report blocks into quality figures: loss, jitter
// and round trip per interval, the E-model's R with every component, MOS, and
// the streams that reports belong to.
//
// It is pure. Nothing here reads a clock, starts a goroutine, logs or does
// I/O; time comes in as capture times, and equal input gives equal output on
// every machine. Types are single-threaded and share nothing, so that a caller
// may run one of each per stripe or shard.
//
// # Three halves
//
//   - [Wire] is a report block as it was on the wire. Its [Wire.Hash] is its
//     identity, whatever the tap it was seen at. It is never rewritten.
//   - [Derived] is what formulas make of it, of its predecessor in the stream
//     and of the round trip. It may be made anew at any time.
//   - [Media] is what others know about the stream: codec, clock, packet
//     length, concealment, and who said so.
//
// What is unknown is unknown ([Opt]), never 0. What is assumed is marked as
// assumed in the fact itself: a default clock rate, a burst ratio of 1, the
// parts of the delay ([DelayBasis]), the values behind a score ([Grounding]).
//
// # From report to fact
//
// [Legs] finds round trips, those of ends that send no media included. One instance owns the address pairs of a shard,
// because both directions of RTCP between two addresses are needed. Give it
// each sender report and each block, and pass the answer on with the block.
//
// [Streams] owns the SSRC pairs of a stripe ([StripeOf]). Give it each block as
// an [Observation], each BYE, and each [Amendment] that Legs hands out later,
// in the order: the block first, then its amendments. It hands out
// [Emission] values: whole facts to be written under the key (tenant, time,
// report id), the last one of a key winning, a Deleted one taking the key back.
//
//	rtt, amendments = legs.AddReport(sighting, &wire, amendments[:0])
//	facts, _ = streams.Add(&mediaqos.Observation{ /* wire, rtt, media */ }, facts[:0])
//	for _, a := range amendments {
//		facts = streams.AmendRTT(a, facts)
//	}
//
// # Any order, any number of times
//
// Reports may come late, twice, from both sides of a relay and after the BYE
// that followed them. As long as none comes later than [Window] reports of its
// stream, the facts end up as if all had come once and in order: figures,
// round trips, taps, baselines, stream ids. A fact depends on what was
// captured, never on what was handed out before.
//
//   - Sightings of equal bytes within [SameReport] are one report. Its time is
//     that of the earliest sighting, and all taps are noted.
//   - Taps that carried a common report are one path. Reports of one SSRC pair
//     on one path are one stream; on another path they are another stream
//     (an SSRC collision).
//   - A BYE ends the streams of its SSRC on its path; a later report begins a
//     new stream.
//   - The StreamID names the earliest report. It may change until reports have
//     left the window, and is fixed from then on.
//   - Interval figures subtract the running counts of neighbours; the fraction
//     field is not used, since it covers a part of the interval only when a
//     report was missed. Where the counts do not fit together there are no
//     figures, and the [Baseline] says why.
//
// Outside the window the guarantee ends and facts say so: a report that comes
// too late is emitted with BaselineLate; two paths that turn out to be one
// after their beginnings have left the window keep the rows they have.
//
// After a restart [Streams.Seed] takes the last facts of live streams back in,
// before or after the first new reports. [Recompute] derives stored facts again.
//
// # Bursts
//
// SR and RR do not show how losses cluster, and random loss is assumed of them.
// Who does show it is told to [Streams.Evidence]: loss run lengths and VoIP
// metrics of RTCP XR, burst/gap counts, and SIP quality reports mapped to
// [VoIPMetrics], each as a [BurstShape]. The facts of the reports that it covers
// then have its burst ratio, and say whether that was measured or estimated.
//
// # Scores
//
// [ComputeOn] is the E-model whole, on one of three scales: narrowband (ITU-T
// G.107), wideband (G.107.1) and fullband (G.107.2), each with its own Ro, delay
// and loss constants, and mapping to MOS. A codec belongs to one scale. Scores
// carry their [Scale], and scales never mix: R 93 is a perfect call on the first
// and a bad one on the last, and a MOS of 4 answers another question on each.
// [Scorer] is the same with the constant terms kept.
//
// A codec's values come from [LookupCodec] with their source and [Grounding].
// Where no impairment or no loss robustness was published there is no score:
// rating only the intervals in which such a codec lost nothing would make a bad
// stream look perfect.
//
// Listening quality (Score.RLQ, Score.MOSLQ) leaves delay out and is always
// there; conversational quality ([Score.RCQ], [Score.MOSCQ]) has it in and is
// unknown where the delay is. Score.R and Score.MOS are the latter where known,
// else the former. On the narrowband scale delay means T = Ta, Tr = 2T
// ([Params.WithDelay]); on the others it is absolute delay without echo.
package mediaqos
