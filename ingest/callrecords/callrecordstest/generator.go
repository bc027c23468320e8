package callrecordstest

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/callrecords"
)

// Generator makes documents. It belongs to one goroutine.
type Generator struct {
	// Start is when the first call begins, Every how much later each next one.
	Start time.Time
	Every time.Duration

	rng *rand.Rand
	n   int
	b   []byte
}

// New returns a generator of one call a second from 2026-11-02 on.
func New(seed uint64) *Generator {
	return &Generator{
		Start: time.Date(2026, 11, 2, 7, 0, 0, 0, time.UTC), Every: time.Second,
		rng: rand.New(rand.NewPCG(seed, 0x7472756e6b6c696e)),
	}
}

// Record appends one call record with its sessions: mostly calls of two, every
// fifth a group call of three to seven with a session for each.
func (g *Generator) Record(dst []byte) []byte {
	at := g.Start.Add(time.Duration(g.n) * g.Every)
	g.n++
	end := at.Add(time.Duration(10+g.rng.IntN(900)) * time.Second)
	id := g.uuid()
	g.b = dst
	group := g.n%5 == 0
	kind, sessions := "peerToPeer", 1
	if group {
		kind, sessions = "groupCall", 3+g.rng.IntN(5)
	}
	g.f(`{"version":%d,"type":"%s","modalities":["audio"],"lastModifiedDateTime":"%s","startDateTime":"%s","endDateTime":"%s","id":"%s","joinWebUrl":null`,
		1+g.rng.IntN(3), kind, stamp(end.Add(6*time.Minute)), stamp(at), stamp(end), id)
	people := make([]string, sessions+1)
	for i := range people {
		people[i] = g.uuid()
	}
	g.f(`,"organizer_v2":{"id":"%s","identity":%s}`, people[0], identitySet(people[0]))
	g.f(`,"participants_v2":[`)
	for i, who := range people {
		if i > 0 {
			g.f(",")
		}
		g.f(`{"id":"%s","identity":%s,"administrativeUnitInfos":[]}`, who, identitySet(who))
	}
	g.f(`],"sessions":[`)
	for i := range sessions {
		if i > 0 {
			g.f(",")
		}
		session := id
		if group {
			session = g.uuid()
		}
		g.session(session, people[i+1], people[0], group, at, end)
	}
	g.f("]}")
	return g.b
}

// session appends a session of one segment.
func (g *Generator) session(id, caller, callee string, group bool, at, end time.Time) {
	ends := func() {
		g.f(`"caller":`)
		g.participant(caller)
		g.f(`,"callee":`)
		if group {
			g.f(`{"@odata.type":"#microsoft.graph.callRecords.serviceEndpoint","userAgent":{"@odata.type":"#microsoft.graph.callRecords.serviceUserAgent","headerValue":"MediaController/1.0","applicationVersion":null,"role":"mediaController"}}`)
		} else {
			g.participant(callee)
		}
	}
	g.f(`{"modalities":["audio"],"startDateTime":"%s","endDateTime":"%s","id":"%s","isTest":false,"failureInfo":null,`, stamp(at), stamp(end), id)
	ends()
	g.f(`,"segments":[{"startDateTime":"%s","endDateTime":"%s","id":"%s","failureInfo":null,`, stamp(at), stamp(end), id)
	ends()
	g.f(`,"media":[{"label":"main-audio","callerNetwork":`)
	g.network(7)
	g.f(`,"calleeNetwork":`)
	g.network(9)
	g.f(`,"callerDevice":`)
	g.device()
	g.f(`,"calleeDevice":`)
	g.device()
	g.f(`,"streams":[`)
	g.stream("callerToCallee", at, end)
	g.f(",")
	g.stream("calleeToCaller", at, end)
	g.f("]}]}]}")
}

// participant appends a client's endpoint.
func (g *Generator) participant(id string) {
	platform := [...]string{"windows", "macOS", "iOS", "android", "web"}[g.rng.IntN(5)]
	g.f(`{"@odata.type":"#microsoft.graph.callRecords.participantEndpoint","name":"machine-%d","cpuName":"Example CPU @ 2.60GHz","cpuCoresCount":%d,"cpuProcessorSpeedInMhz":2600,"userAgent":{"@odata.type":"#microsoft.graph.callRecords.clientUserAgent","headerValue":"Teams/27/%s","applicationVersion":"27.0.1","platform":"%s","productFamily":"teams","communicationServiceId":null,"azureADAppId":null},"identity":%s,"associatedIdentity":{"@odata.type":"#microsoft.graph.callRecords.userIdentity","id":"%s","displayName":"User %.4s","tenantId":"%s","userPrincipalName":"user.%.4s@contoso.com"},"feedback":`,
		g.rng.IntN(500), 2+2*g.rng.IntN(4), platform, platform, identitySet(id), id, id, tenant, id)
	if g.rng.IntN(8) > 0 {
		g.f("null}")
		return
	}
	g.f(`{"rating":"%s","text":null,"tokens":{"NoSound":false,"Echo":%t,"Noisy":%t,"LowVolume":false}}}`,
		[...]string{"bad", "poor", "fair", "good", "excellent"}[g.rng.IntN(5)], g.rng.IntN(2) == 0, g.rng.IntN(2) == 0)
}

// network appends the network of an end.
func (g *Generator) network(site int) {
	g.f(`{"ipAddress":"10.%d.%d.%d","subnet":"10.%d.0.0","linkSpeed":%d,"connectionType":"%s","networkTransportProtocol":"udp","port":%d,"reflexiveIPAddress":"203.0.113.%d","relayIPAddress":"198.51.100.%d","relayPort":3479,"macAddress":"00-00-5e-00-53-%02x","dnsSuffix":"contoso.com","basicServiceSetIdentifier":null,"sentQualityEventRatio":0,"receivedQualityEventRatio":%s,"delayEventRatio":0,"bandwidthLowEventRatio":0,"wifiMicrosoftDriver":null,"wifiMicrosoftDriverVersion":null,"wifiVendorDriver":null,"wifiVendorDriverVersion":null,"wifiChannel":null,"wifiBand":"unknown","wifiRadioType":"unknown","wifiSignalStrength":null,"wifiBatteryCharge":null,"traceRouteHops":[]}`,
		site, g.rng.IntN(4), g.rng.IntN(250), site, 1_000_000_000, [...]string{"wired", "wifi", "mobile", "tunnel"}[g.rng.IntN(4)], 50000+g.rng.IntN(60),
		g.rng.IntN(250), g.rng.IntN(250), g.rng.IntN(256), ratio(g.rng.Float64()*0.2))
}

// device appends the audio device of an end.
func (g *Generator) device() {
	g.f(`{"captureDeviceName":"Headset Microphone","captureDeviceDriver":"Example: 10.0.1","renderDeviceName":"Headset Earphone","renderDeviceDriver":"Example: 10.0.1","sentSignalLevel":null,"receivedSignalLevel":-%d,"sentNoiseLevel":null,"receivedNoiseLevel":-%d,"initialSignalLevelRootMeanSquare":%s,"cpuInsufficentEventRatio":0,"renderNotFunctioningEventRatio":0,"captureNotFunctioningEventRatio":0,"deviceGlitchEventRatio":0,"lowSpeechToNoiseEventRatio":null,"lowSpeechLevelEventRatio":null,"deviceClippingEventRatio":0,"howlingEventCount":0,"renderZeroVolumeEventRatio":0,"renderMuteEventRatio":0,"micGlitchRate":%d,"speakerGlitchRate":%d}`,
		10+g.rng.IntN(20), 60+g.rng.IntN(30), ratio(g.rng.Float64()*100), g.rng.IntN(100), g.rng.IntN(100))
}

// stream appends one direction: one in ten is short, one in eight bad.
func (g *Generator) stream(direction string, at, end time.Time) {
	packets, worse := int(end.Sub(at).Seconds())*50, 1.0
	if g.rng.IntN(10) == 0 {
		packets = g.rng.IntN(500)
	}
	if g.rng.IntN(8) == 0 {
		worse = 8
	}
	jitter := time.Duration(worse * float64(1+g.rng.IntN(12)) * float64(time.Millisecond))
	rtt := time.Duration(worse * float64(20+g.rng.IntN(90)) * float64(time.Millisecond))
	loss := worse * g.rng.Float64() * 0.02
	g.f(`{"streamId":"%d","streamDirection":"%s","startDateTime":"%s","endDateTime":"%s","audioCodec":"satin","videoCodec":null,"averageAudioDegradation":%s,"averageJitter":"%s","maxJitter":"%s","averagePacketLossRate":%s,"maxPacketLossRate":%s,"averageRatioOfConcealedSamples":%s,"maxRatioOfConcealedSamples":%s,"averageRoundTripTime":"%s","maxRoundTripTime":"%s","packetUtilization":%d,"averageBandwidthEstimate":%d,"wasMediaBypassed":false,"postForwardErrorCorrectionPacketLossRate":null,"averageVideoFrameLossPercentage":null,"averageReceivedFrameRate":null,"lowFrameRateRatio":null,"averageVideoPacketLossRate":null,"averageVideoFrameRate":null,"lowVideoProcessingCapabilityRatio":null,"averageAudioNetworkJitter":"%s","maxAudioNetworkJitter":"%s","rmsFreezeDuration":null,"averageFreezeDuration":null,"isAudioForwardErrorCorrectionUsed":true}`,
		g.rng.Uint32(), direction, stamp(at), stamp(end), ratio(worse*g.rng.Float64()*0.2), callrecords.FormatDuration(jitter), callrecords.FormatDuration(3*jitter),
		ratio(loss), ratio(min(1, 3*loss)), ratio(min(1, 2*loss)), ratio(min(1, 4*loss)), callrecords.FormatDuration(rtt), callrecords.FormatDuration(2*rtt),
		packets, 2_000_000+g.rng.IntN(20_000_000), callrecords.FormatDuration(2*jitter), callrecords.FormatDuration(5*jitter))
}

// DirectRouting appends a row of the direct-routing log: one in ten failed.
func (g *Generator) DirectRouting(dst []byte) []byte {
	at := g.Start.Add(time.Duration(g.n) * g.Every)
	g.n++
	talk := g.rng.IntN(900)
	g.b = dst
	ok := g.rng.IntN(10) > 0
	failed, code, phrase, sub := "0001-01-01T00:00:00Z", 0, "BYE", 540000
	if !ok {
		failed, code, phrase, sub, talk = stamp(at), 486, "Busy Here", 560486, 0
	}
	g.f(`{"id":"%s","correlationId":"%s","userId":"%s","userPrincipalName":"user@contoso.com","userDisplayName":"User","startDateTime":"%s","inviteDateTime":"%s","failureDateTime":"%s","endDateTime":"%s","duration":%d,"callType":"ByotIn","successfulCall":%t,"callerNumber":"+1202555%04d","calleeNumber":"+1202555%04d","mediaPathLocation":"USWE","signalingLocation":"EUNO","finalSipCode":%d,"callEndSubReason":%d,"finalSipCodePhrase":"%s","trunkFullyQualifiedDomainName":"sbc1.contoso.com","mediaBypassEnabled":false}`,
		g.uuid(), g.uuid(), g.uuid(), stamp(at), stamp(at.Add(-3*time.Second)), failed, stamp(at.Add(time.Duration(talk)*time.Second)), talk, ok,
		g.rng.IntN(10000), g.rng.IntN(10000), code, sub, phrase)
	return g.b
}

// PSTN appends a row of the PSTN log.
func (g *Generator) PSTN(dst []byte) []byte {
	at := g.Start.Add(time.Duration(g.n) * g.Every)
	g.n++
	talk := 1 + g.rng.IntN(900)
	g.b = dst
	g.f(`{"id":"%s","callId":"%d_%d@192.0.2.5","userId":"%s","userPrincipalName":"user@contoso.com","userDisplayName":"User","startDateTime":"%s","endDateTime":"%s","duration":%d,"charge":0.0%d,"callType":"user_out","currency":"USD","calleeNumber":"+1202555%04d","usageCountryCode":"US","tenantCountryCode":"US","connectionCharge":0.00,"callerNumber":"+1202555%04d","destinationContext":"Domestic","destinationName":"United States","conferenceId":null,"licenseCapability":"MCOPSTNU","inventoryType":"Subscriber","operator":"Microsoft","callDurationSource":"microsoft"}`,
		g.uuid(), g.n, g.rng.Uint32(), g.uuid(), stamp(at), stamp(at.Add(time.Duration(talk)*time.Second)), talk, 1+g.rng.IntN(9), g.rng.IntN(10000), g.rng.IntN(10000))
	return g.b
}

// Page appends an OData page of n documents that make appends, with a link to
// the next page where next is not "".
func Page(dst []byte, context string, n int, next string, make func([]byte) []byte) []byte {
	dst = append(dst, `{"@odata.context":`...)
	dst = strconv.AppendQuote(dst, "https://graph.microsoft.com/v1.0/$metadata#"+context)
	dst = append(dst, `,"value":[`...)
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = make(dst)
	}
	dst = append(dst, ']')
	if next != "" {
		dst = append(dst, `,"@odata.nextLink":`...)
		dst = strconv.AppendQuote(dst, next)
	}
	return append(dst, '}')
}

// Contexts of pages.
const (
	ContextRecords       = "communications/callRecords(sessions(segments()))"
	ContextDirectRouting = "Collection(microsoft.graph.callRecords.directRoutingLogRow)"
	ContextPSTN          = "Collection(microsoft.graph.callRecords.pstnCallLogRow)"
)

// tenant is whose calls these are.
const tenant = "dc368399-474c-4d40-900c-6265431fd81f"

func (g *Generator) f(format string, args ...any) { g.b = fmt.Appendf(g.b, format, args...) }

func (g *Generator) uuid() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], g.rng.Uint64())
	binary.BigEndian.PutUint64(b[8:], g.rng.Uint64())
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func identitySet(id string) string {
	return fmt.Sprintf(`{"user":{"id":"%s","displayName":"User %.4s","tenantId":"%s"},"phone":null,"application":null,"device":null}`, id, id, tenant)
}

func stamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.0000000Z") }

// ratio has the seven digits of a float32.
func ratio(f float64) string { return strconv.FormatFloat(f, 'g', 7, 32) }
