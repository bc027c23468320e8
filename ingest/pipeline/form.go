package pipeline

// Form is what a listener's datagrams are.
type Form uint8

const (
	// FormRTCP: RTCP as on the wire.
	FormRTCP Form = iota
	// FormHEP: HEP packets with RTCP, SIP or quality reports in them.
	FormHEP
	// FormPublish: voice quality reports, see [Live.Submit].
	FormPublish
)

var forms = [...]string{"rtcp", "hep", "publish"}

// String is rtcp, hep or publish.
func (f Form) String() string {
	if int(f) < len(forms) {
		return forms[f]
	}
	return "unknown"
}
