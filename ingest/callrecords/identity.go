package callrecords

import (
	"strings"

	"github.com/go-faster/jx"

	"github.com/trunkline-cc/trunkline/schema"
)

// identities is what was read of an identity set: the one of its members that
// says most of who it is.
type identities struct {
	schema.CallIdentity
	rank int
}

// identityKinds are the members of an identity set, the most telling first.
// The schema has most of them; acsUser and the like stand in documents only.
const identityKinds = `user phone guest applicationInstance application azureCommunicationServicesUser acsUser
acsApplicationInstance spoolUser onPremises encrypted assertedIdentity device`

var identityObject = func() *object[schema.CallIdentity] {
	type identity = schema.CallIdentity
	o := newObject("graph.identity graph.communicationsUserIdentity graph.communicationsPhoneIdentity userIdentity",
		reference("id", func(v *identity) *string { return &v.ID }),
		text("displayName", func(v *identity) *string { return &v.Name }),
		reference("tenantId", func(v *identity) *string { return &v.Tenant }),
		text("userPrincipalName", func(v *identity) *string { return &v.PrincipalName }),
	)
	// Of which kind an identity is that stands alone: userIdentity,
	// communicationsPhoneIdentity and others.
	o.annotation = func(v *identity, name, annotation, value string) {
		if name != "" || annotation != "odata.type" {
			return
		}
		kind := value[strings.LastIndexByte(value, '.')+1:]
		kind = strings.TrimSuffix(strings.TrimPrefix(kind, "communications"), "Identity")
		if kind != "" && kind != "identity" {
			v.Kind = strings.ToLower(kind[:1]) + kind[1:]
		}
	}
	return o
}()

var identitySetObject = func() *object[identities] {
	kinds := strings.Fields(identityKinds)
	var properties []property[identities]
	for i, kind := range kinds {
		properties = append(properties, member(kind, i))
	}
	o := newObject("graph.identitySet graph.communicationsIdentitySet",
		append(properties, ignored[identities]("endpointType", "it tells Teams from Skype for Business, and the user agent tells more"))...)
	// Identity sets are open: a kind that is new is an identity all the same.
	o.open = func(s *scanner, v *identities, kind string) error {
		s.note("")
		if s.json.Next() != jx.Object {
			return s.broken(s.json.Skip())
		}
		p := member(kind, len(kinds))
		return p.read(s, v)
	}
	return o
}()

// member is one kind of identity; rank orders kinds, the lowest is kept.
func member(kind string, rank int) property[identities] {
	return property[identities]{name: kind, read: func(s *scanner, v *identities) error {
		id := schema.CallIdentity{}
		if err := identityObject.read(s, &id); err != nil {
			return err
		}
		id.Kind = kind
		if v.Kind == "" || rank < v.rank {
			v.CallIdentity, v.rank = id, rank
		}
		return nil
	}}
}

// participant is an organizer or a participant.
type participant struct {
	id       string
	identity identities
	units    []string
}

var participantObject = newObject("participantBase participant organizer graph.entity",
	reference("id", func(v *participant) *string { return &v.id }),
	nested("identity", identitySetObject, func(v *participant) *identities { return &v.identity }),
	property[participant]{name: "administrativeUnitInfos", read: func(s *scanner, v *participant) error {
		return s.array(func() error { return unitObject.read(s, &v.units) })
	}},
)

var unitObject = newObject("administrativeUnitInfo", property[[]string]{name: "id", read: func(s *scanner, v *[]string) error {
	id, err := s.str()
	*v = append(*v, canonicalID(id))
	return err
}})

// known is the participant's identity, whose id may stand outside of it.
func (p *participant) known() schema.CallIdentity {
	id := p.identity.CallIdentity
	if id.ID == "" {
		id.ID = p.id
	}
	return id
}
