package callrecords

import (
	"strings"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

type (
	directRouting = schema.DirectRoutingCall
	pstnCall      = schema.PSTNCall
)

var directRoutingObject = newObject("directRoutingLogRow",
	identifier("id", func(v *directRouting) *string { return &v.RowID }),
	reference("correlationId", func(v *directRouting) *string { return &v.CorrelationID }),
	reference("userId", func(v *directRouting) *string { return &v.UserID }),
	text("userPrincipalName", func(v *directRouting) *string { return &v.PrincipalName }),
	text("userDisplayName", func(v *directRouting) *string { return &v.UserName }),
	instant("startDateTime", func(v *directRouting) *schema.Opt[time.Time] { return &v.StartedAt }),
	instant("inviteDateTime", func(v *directRouting) *schema.Opt[time.Time] { return &v.InvitedAt }),
	instant("failureDateTime", func(v *directRouting) *schema.Opt[time.Time] { return &v.FailedAt }),
	instant("endDateTime", func(v *directRouting) *schema.Opt[time.Time] { return &v.EndedAt }),
	integer("duration", func(v *directRouting) *schema.Opt[int32] { return &v.DurationSeconds }),
	text("callType", func(v *directRouting) *string { return &v.CallType }),
	truth("successfulCall", func(v *directRouting) *schema.Opt[bool] { return &v.IsSuccessful }),
	text("callerNumber", func(v *directRouting) *string { return &v.CallerNumber }),
	text("calleeNumber", func(v *directRouting) *string { return &v.CalleeNumber }),
	text("mediaPathLocation", func(v *directRouting) *string { return &v.MediaPathLocation }),
	text("signalingLocation", func(v *directRouting) *string { return &v.SignalingLocation }),
	integer("finalSipCode", func(v *directRouting) *schema.Opt[int32] { return &v.FinalSIPCode }),
	integer("callEndSubReason", func(v *directRouting) *schema.Opt[int32] { return &v.CallEndSubReason }),
	text("finalSipCodePhrase", func(v *directRouting) *string { return &v.FinalSIPPhrase }),
	property[directRouting]{name: "trunkFullyQualifiedDomainName", read: func(s *scanner, v *directRouting) error {
		fqdn, err := s.str()
		v.Trunk = schema.TrunkID(strings.ToLower(strings.TrimSuffix(fqdn, ".")))
		return err
	}},
	truth("mediaBypassEnabled", func(v *directRouting) *schema.Opt[bool] { return &v.IsMediaBypassed }),
)

var pstnObject = newObject("pstnCallLogRow",
	identifier("id", func(v *pstnCall) *string { return &v.RowID }),
	text("callId", func(v *pstnCall) *string { return &v.CallID }),
	reference("userId", func(v *pstnCall) *string { return &v.UserID }),
	text("userPrincipalName", func(v *pstnCall) *string { return &v.PrincipalName }),
	text("userDisplayName", func(v *pstnCall) *string { return &v.UserName }),
	beginning("startDateTime", func(v *pstnCall) *time.Time { return &v.Time }),
	instant("endDateTime", func(v *pstnCall) *schema.Opt[time.Time] { return &v.EndedAt }),
	integer("duration", func(v *pstnCall) *schema.Opt[int32] { return &v.DurationSeconds }),
	word("callDurationSource", "microsoft operator", func(v *pstnCall) *string { return &v.DurationSource }),
	text("callType", func(v *pstnCall) *string { return &v.CallType }),
	text("callerNumber", func(v *pstnCall) *string { return &v.CallerNumber }),
	text("calleeNumber", func(v *pstnCall) *string { return &v.CalleeNumber }),
	decimalMicros("charge", func(v *pstnCall) *schema.Opt[int64] { return &v.ChargeMicros }),
	decimalMicros("connectionCharge", func(v *pstnCall) *schema.Opt[int64] { return &v.ConnectionChargeMicros }),
	text("currency", func(v *pstnCall) *string { return &v.Currency }),
	text("conferenceId", func(v *pstnCall) *string { return &v.ConferenceID }),
	text("destinationContext", func(v *pstnCall) *string { return &v.DestinationContext }),
	text("destinationName", func(v *pstnCall) *string { return &v.DestinationName }),
	text("inventoryType", func(v *pstnCall) *string { return &v.InventoryType }),
	text("licenseCapability", func(v *pstnCall) *string { return &v.LicenseCapability }),
	text("operator", func(v *pstnCall) *string { return &v.Operator }),
	text("tenantCountryCode", func(v *pstnCall) *string { return &v.TenantCountry }),
	text("usageCountryCode", func(v *pstnCall) *string { return &v.UsageCountry }),
)

// setTime gives a direct-routing row its place in time.
func setTime(s *scanner, v *directRouting) error {
	for _, t := range []schema.Opt[time.Time]{v.StartedAt, v.InvitedAt, v.FailedAt, v.EndedAt} {
		if t.OK {
			v.Time = t.V
			return nil
		}
	}
	s.push("startDateTime")
	return &DocumentError{Reason: ReasonMissing, Path: s.path(), Want: "a time of the start, the INVITE, the failure or the end", Got: "none"}
}
