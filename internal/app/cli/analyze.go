package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/trunkline-cc/trunkline/ingest/pcap"
	"github.com/trunkline-cc/trunkline/ingest/pipeline"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

// analyzeOptions are the flags of `analyze`.
type analyzeOptions struct {
	json, csv bool
	media     mediaFlags
}

// newAnalyzeCommand judges captures without any server.
func newAnalyzeCommand() *cobra.Command {
	var o analyzeOptions
	cmd := &cobra.Command{
		Use:   "analyze FILE...",
		Short: "Judge the quality of every stream in captures",
		Long: "Reads pcap and pcapng (gzip too; - is standard input) and says of each stream that RTCP reports on who heard\n" +
			"whom, codec, loss, jitter, round trip, and R and MOS of the E-model (ITU-T G.107, G.107.1, G.107.2) with the components.\n" +
			"The codec is known from SIP in the capture (over UDP, or in HEP), which also tells the call, or from --codec, or\n" +
			"where there is RTP with a static payload type.\n" +
			"A narrowband stream is poor when its R is below 70 (many users dissatisfied), over all or in its worst interval\n" +
			"below 50; for other scales no such bands are published. MOS-CQ counts the delay in, MOS-LQ leaves it out.\n" +
			"Exit status: 0 nothing was poor, 1 a stream was poor or a file could not be read to its end, 2 the call was wrong.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error { return runAnalyze(cmd, files, o) },
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "one JSON object a stream and line; unknown is null")
	cmd.Flags().BoolVar(&o.csv, "csv", false, "a table with one row a stream")
	cmd.MarkFlagsMutuallyExclusive("json", "csv")
	o.media.add(cmd)
	return cmd
}

// runAnalyze prints what all files hold.
func runAnalyze(cmd *cobra.Command, files []string, o analyzeOptions) error {
	media, err := o.media.media()
	if err != nil {
		return err
	}
	var reports []streamReport
	var errs []error
	for _, file := range files {
		found, err := analyzeFile(file, media)
		reports = append(reports, found...)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", file, err))
		}
	}
	write := writeReportsText
	switch {
	case o.json:
		write = writeReportsJSON
	case o.csv:
		write = writeReportsCSV
	}
	if err := errors.Join(append(errs, write(cmd.OutOrStdout(), reports))...); err != nil {
		return err
	}
	for i := range reports {
		if reports[i].Poor.V {
			return ErrFound
		}
	}
	return nil
}

// analyzeFile reads one capture; what was read before an error counts.
func analyzeFile(file string, media mediaqos.Media) ([]streamReport, error) {
	stripes, err := pipeline.NewStripes(pipeline.StripesOptions{Stripes: 1})
	if err != nil {
		return nil, err
	}
	source := &pipeline.Source{Name: filepath.Base(file), Kind: pipeline.KindPcap, Tenant: "analyze", Media: media}
	importer, err := pipeline.NewImporter(source, stripes)
	if err != nil {
		return nil, err
	}
	reader, err := pcap.Open(file, pcap.Options{})
	if err != nil {
		return nil, err
	}
	digest := mediaqos.NewDigest()
	names := map[uint32]string{}
	calls := map[[2]uint32]string{}
	readErr := importer.Read(reader, time.Now, func(batch []pipeline.Fact) error {
		for i := range batch {
			digest.Apply(batch[i].Emission)
			if batch[i].CNAME != "" {
				names[batch[i].Wire.ReporterSSRC] = batch[i].CNAME
			}
			if o := batch[i].Origin; o != nil && o.CallID != "" {
				calls[[2]uint32{batch[i].Wire.ReporterSSRC, batch[i].Wire.SourceSSRC}] = string(o.CallID)
			}
		}
		return nil
	})
	var reports []streamReport
	for _, sum := range digest.Summaries(nil) {
		report := newStreamReport(source.Name, &sum)
		report.CNAME = names[report.ReporterSSRC]
		if id, ok := calls[[2]uint32{report.ReporterSSRC, report.SourceSSRC}]; ok {
			report.CallID = &id
		}
		reports = append(reports, report)
	}
	return reports, errors.Join(readErr, reader.Close())
}

// mediaFlags say what is known of all calls in a capture.
type mediaFlags struct {
	codec   string
	clockHz uint32
	ptime   float32
	noPLC   bool
}

// add defines the flags.
func (f *mediaFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.codec, "codec", "", "RTP encoding name of the calls, as PCMU, G729, opus")
	cmd.Flags().Uint32Var(&f.clockHz, "clock-hz", 0, "RTP clock rate, where the codec does not tell")
	cmd.Flags().Float32Var(&f.ptime, "ptime-ms", 0, "audio in one packet; 0 assumes 20")
	cmd.Flags().BoolVar(&f.noPLC, "no-plc", false, "receivers do not conceal lost packets")
}

// media is what the flags say.
func (f *mediaFlags) media() (mediaqos.Media, error) {
	m := mediaqos.Media{Codec: f.codec, ClockHz: f.clockHz, PtimeMillis: f.ptime}
	if codec, ok := mediaqos.LookupCodec(f.codec); ok {
		m.Codec = codec.Name
		if m.ClockHz == 0 {
			m.ClockHz = codec.ClockHz
		}
	} else if f.codec != "" && f.clockHz == 0 {
		return m, usagef("--codec %s is not known: give its --clock-hz too", f.codec)
	}
	if m.Codec != "" || m.ClockHz != 0 {
		m.Source = mediaqos.MediaConfig
		m.PLC = mediaqos.PLCOn
		if f.noPLC {
			m.PLC = mediaqos.PLCOff
		}
	}
	return m, nil
}
