package mediaqos

import "strings"

// amrWBModes are the modes of AMR-WB in the order of their numbers (RFC 4867
// section 8.2), in kbit/s.
var amrWBModes = []string{"6.6", "8.85", "12.65", "14.25", "15.85", "18.25", "19.85", "23.05", "23.85"}

// evsSWBRates are the rates at which EVS is rated, in kbit/s.
var evsSWBRates = []string{"9.6", "13.2", "16.4", "24.4", "32", "48"}

// CodecOfFormat finds the row of a session description's encoding name and
// format parameters ("a=fmtp", without the payload type): the one of the mode
// or rate where the parameters leave only one, else the one of the name. What a
// sender may use is not what it does use, so that several modes are no mode.
//
//   - AMR-WB: mode-set with a single mode (RFC 4867 section 8.2). Of the two
//     ratings of a mode the one that has a loss robustness is taken, which is
//     that of listening with both ears.
//   - EVS: bw=swb with a single bit rate br (3GPP TS 26.445 Annex A).
//
// It reports false for a name that is not in the table.
func CodecOfFormat(name, parameters string) (*Codec, bool) {
	c, ok := LookupCodec(name)
	if !ok {
		return nil, false
	}
	switch c.Family {
	case "amr-wb":
		set := formatParameter(parameters, "mode-set")
		if len(set) == 1 && set[0] >= '0' && int(set[0]-'0') < len(amrWBModes) {
			mode := "amr-wb-" + amrWBModes[set[0]-'0']
			if diotic, ok := LookupCodec(mode + "-diotic"); ok && diotic.BplPLC.OK {
				return diotic, true
			}
			return LookupCodec(mode)
		}
	case "evs":
		if formatParameter(parameters, "bw") != "swb" {
			break
		}
		rate := formatParameter(parameters, "br")
		for _, rated := range evsSWBRates {
			if rate == rated {
				return LookupCodec("evs-swb-" + rated)
			}
		}
	}
	return c, true
}

// formatParameter is the value of one parameter of "a=b; c=d", "" without it.
func formatParameter(parameters, name string) string {
	for field := range strings.SplitSeq(parameters, ";") {
		key, value, _ := strings.Cut(field, "=")
		if strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.ToLower(strings.TrimSpace(value))
		}
	}
	return ""
}
