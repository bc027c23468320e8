package callrecords

import (
	"slices"
	"strings"

	"github.com/go-faster/jx"

	"github.com/trunkline-cc/trunkline/schema"
)

// endpoint is one end of a session or segment as a document has it.
type endpoint struct {
	schema.CallEndpoint
	older      identities
	associated schema.CallIdentity
}

// Members of enumerations.
const (
	platforms       = "unknown windows macOS iOS android web ipPhone roomSystem surfaceHub holoLens unknownFutureValue"
	productFamilies = "unknown teams skypeForBusiness lync unknownFutureValue azureCommunicationServices"
	serviceRoles    = `unknown customBot skypeForBusinessMicrosoftTeamsGateway skypeForBusinessAudioVideoMcu
skypeForBusinessApplicationSharingMcu skypeForBusinessCallQueues skypeForBusinessAutoAttendant mediationServer
mediationServerCloudConnectorEdition exchangeUnifiedMessagingService mediaController conferencingAnnouncementService
conferencingAttendant audioTeleconferencerController skypeForBusinessUnifiedCommunicationApplicationPlatform
responseGroupServiceAnnouncementService gateway skypeTranslator skypeForBusinessAttendant responseGroupService voicemail
unknownFutureValue`
	ratings       = "notRated bad poor fair good excellent unknownFutureValue"
	failureStages = "unknown callSetup midcall unknownFutureValue"
)

var endpointObject = func() *object[endpoint] {
	o := newObject("endpoint participantEndpoint serviceEndpoint",
		nested("userAgent", userAgentObject, func(v *endpoint) *schema.CallEndpoint { return &v.CallEndpoint }),
		nested("associatedIdentity", identityObject, func(v *endpoint) *schema.CallIdentity { return &v.associated }),
		nested("identity", identitySetObject, func(v *endpoint) *identities { return &v.older }),
		nested("feedback", feedbackObject, func(v *endpoint) *schema.CallEndpoint { return &v.CallEndpoint }),
		text("name", func(v *endpoint) *string { return &v.Machine }),
		text("cpuName", func(v *endpoint) *string { return &v.CPU }),
		integer("cpuCoresCount", func(v *endpoint) *schema.Opt[int32] { return &v.CPUCores }),
		integer("cpuProcessorSpeedInMhz", func(v *endpoint) *schema.Opt[int32] { return &v.CPUMHz }),
	)
	o.annotation = func(v *endpoint, name, annotation, value string) {
		if name == "" && annotation == "odata.type" {
			switch value[strings.LastIndexByte(value, '.')+1:] {
			case "participantEndpoint":
				v.Kind = EndpointParticipant
			case "serviceEndpoint":
				v.Kind = EndpointService
			}
		}
	}
	return o
}()

// Kinds of endpoint.
const (
	EndpointParticipant = "participant"
	EndpointService     = "service"
)

var userAgentObject = newObject("userAgent clientUserAgent serviceUserAgent",
	text("headerValue", func(v *schema.CallEndpoint) *string { return &v.UserAgent }),
	text("applicationVersion", func(v *schema.CallEndpoint) *string { return &v.AppVersion }),
	word("platform", platforms, func(v *schema.CallEndpoint) *string { return &v.Platform }),
	word("productFamily", productFamilies, func(v *schema.CallEndpoint) *string { return &v.ProductFamily }),
	reference("azureADAppId", func(v *schema.CallEndpoint) *string { return &v.AzureADAppID }),
	text("communicationServiceId", func(v *schema.CallEndpoint) *string { return &v.CommunicationServiceID }),
	word("role", serviceRoles, func(v *schema.CallEndpoint) *string { return &v.ServiceRole }),
)

var feedbackObject = newObject("userFeedback",
	word("rating", ratings, func(v *schema.CallEndpoint) *string { return &v.FeedbackRating }),
	text("text", func(v *schema.CallEndpoint) *string { return &v.FeedbackText }),
	nested("tokens", tokensObject, func(v *schema.CallEndpoint) *schema.CallEndpoint { return v }),
)

// tokensObject is open: its properties are what the user was offered to tick.
var tokensObject = func() *object[schema.CallEndpoint] {
	o := newObject[schema.CallEndpoint]("feedbackTokenSet")
	o.open = func(s *scanner, v *schema.CallEndpoint, token string) error {
		switch s.json.Next() {
		case jx.Bool:
			chosen, err := s.json.Bool()
			if err != nil {
				return s.broken(err)
			}
			into := &v.FeedbackFalse
			if chosen {
				into = &v.FeedbackTrue
			}
			*into = append(*into, token)
			return nil
		case jx.Null:
			return s.broken(s.json.Null())
		}
		return s.unexpected(nil, "true or false")
	}
	return o
}()

var failureObject = newObject("failureInfo",
	text("reason", func(v *failure) *string { return &v.reason }),
	word("stage", failureStages, func(v *failure) *string { return &v.stage }),
)

type failure struct{ stage, reason string }

// finish puts together what the document says in several places.
func (e *endpoint) finish() {
	// associatedIdentity is what Graph gives now; identity is older.
	e.Identity = e.older.CallIdentity
	if a := e.associated; a.ID != "" || a.Name != "" {
		if a.ID == e.Identity.ID || e.Identity.ID == "" {
			fill(&a.Kind, e.Identity.Kind)
			fill(&a.Name, e.Identity.Name)
			fill(&a.Tenant, e.Identity.Tenant)
			fill(&a.PrincipalName, e.Identity.PrincipalName)
		}
		fill(&a.ID, e.Identity.ID)
		e.Identity = a
	}
	if e.Kind == "" {
		switch {
		case e.ServiceRole != "":
			e.Kind = EndpointService
		case e.Identity != (schema.CallIdentity{}):
			e.Kind = EndpointParticipant
		}
	}
	slices.Sort(e.FeedbackTrue)
	slices.Sort(e.FeedbackFalse)
}

func fill(text *string, with string) {
	if *text == "" {
		*text = with
	}
}

// party is what the rows of streams repeat of an endpoint.
func party(e *schema.CallEndpoint) schema.CallParty {
	return schema.CallParty{
		Kind: e.Kind, IdentityKind: e.Identity.Kind, IdentityID: e.Identity.ID, UserAgent: e.UserAgent,
		Platform: e.Platform, ProductFamily: e.ProductFamily, ServiceRole: e.ServiceRole,
	}
}
