package callrecords

import (
	"encoding/xml"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/trunkline-cc/trunkline/internal/testneed"
)

// table is what the test sees of an object[T].
type table struct {
	types      []string
	properties map[string]described
	open       bool
}

type described struct {
	ignored string
	members map[string]struct{}
}

func describe[T any](o *object[T]) table {
	t := table{types: o.types, properties: map[string]described{}, open: o.open != nil}
	for name, p := range o.properties {
		t.properties[name] = described{p.ignored, p.members}
	}
	return t
}

// tables are all that documents are read with.
func tables() []table {
	return []table{
		describe(recordObject), describe(sessionObject), describe(segmentObject), describe(mediaObject), describe(streamObject),
		describe(networkObject), describe(hopObject), describe(deviceObject), describe(endpointObject), describe(userAgentObject),
		describe(feedbackObject), describe(tokensObject), describe(failureObject), describe(participantObject), describe(unitObject),
		describe(identityObject), describe(identitySetObject), describe(directRoutingObject), describe(pstnObject),
	}
}

// beyondSchema are properties that stand in documents and not in the schema:
// identities and identity sets are open types.
var beyondSchema = map[string]string{
	"acsUser":                "identity set of an Azure Communication Services user, as the documentation writes it",
	"acsApplicationInstance": "the same of an application",
	"spoolUser":              "stands in the documented list of call records",
}

// csdl is Graph's schema, of it what the tables are held against.
type csdl struct {
	Schemas []struct {
		Namespace string     `xml:"Namespace,attr"`
		Enums     []csdlEnum `xml:"EnumType"`
		Complex   []csdlType `xml:"ComplexType"`
		Entities  []csdlType `xml:"EntityType"`
	} `xml:"DataServices>Schema"`
}

type csdlEnum struct {
	Name    string `xml:"Name,attr"`
	Members []struct {
		Name string `xml:"Name,attr"`
	} `xml:"Member"`
}

type csdlType struct {
	Name       string         `xml:"Name,attr"`
	Properties []csdlProperty `xml:"Property"`
	Navigation []csdlProperty `xml:"NavigationProperty"`
}

type csdlProperty struct {
	Name string `xml:"Name,attr"`
	Type string `xml:"Type,attr"`
}

// readCSDL returns the types and enumerations by name, those of the namespace
// microsoft.graph with "graph." before theirs.
func readCSDL(t *testing.T) (types map[string][]csdlProperty, enums map[string][]string) {
	t.Helper()
	data, err := os.ReadFile(testneed.Shared(t, "data", "graph", "v1.0-Prod.csdl"))
	if err != nil {
		t.Fatal(err)
	}
	var doc csdl
	if err := xml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	types, enums = map[string][]csdlProperty{}, map[string][]string{}
	for _, s := range doc.Schemas {
		prefix := ""
		switch s.Namespace {
		case "microsoft.graph":
			prefix = "graph."
		case "microsoft.graph.callRecords":
		default:
			continue
		}
		for _, c := range append(s.Complex, s.Entities...) {
			types[prefix+c.Name] = append(slices.Clone(c.Properties), c.Navigation...)
		}
		if prefix == "" {
			for _, e := range s.Enums {
				for _, m := range e.Members {
					enums[e.Name] = append(enums[e.Name], m.Name)
				}
			}
		}
	}
	return types, enums
}

// TestEveryPropertyOfTheSchemaIsRead holds the tables against Graph's schema:
// each property is stored or ignored for a reason, and none is made up. A
// property that Microsoft adds fails here until somebody decides.
func TestEveryPropertyOfTheSchemaIsRead(t *testing.T) {
	types, enums := readCSDL(t)
	held := map[string]bool{}
	properties := 0
	for _, table := range tables() {
		inSchema := map[string]bool{}
		for _, name := range table.types {
			want, ok := types[name]
			if !ok {
				t.Errorf("type %s is not in the schema", name)
			}
			held[name] = true
			for _, p := range want {
				properties++
				inSchema[p.Name] = true
				got, ok := table.properties[p.Name]
				if !ok {
					t.Errorf("%s.%s (%s) is neither stored nor ignored", name, p.Name, p.Type)
					continue
				}
				checkMembers(t, name+"."+p.Name, p.Type, got, enums)
			}
		}
		for name := range table.properties {
			if !inSchema[name] && beyondSchema[name] == "" && table.types[0] != "graph.identity" {
				t.Errorf("%s.%s is in no type of the schema", table.types[0], name)
			}
		}
	}
	for name := range types {
		if !strings.HasPrefix(name, "graph.") && !held[name] {
			t.Errorf("type %s is read by no table", name)
		}
	}
	if properties < 190 {
		t.Errorf("looked at %d properties, want more", properties)
	}
}

// checkMembers compares an enumeration's words.
func checkMembers(t *testing.T, name, kind string, got described, enums map[string][]string) {
	t.Helper()
	kind = strings.TrimSuffix(strings.TrimPrefix(kind, "Collection("), ")")
	want, ok := enums[strings.TrimPrefix(kind, "microsoft.graph.callRecords.")]
	if !ok || got.ignored != "" {
		if got.members != nil {
			t.Errorf("%s is an enumeration here and %s in the schema", name, kind)
		}
		return
	}
	for _, member := range want {
		if _, ok := got.members[member]; !ok {
			t.Errorf("%s: the schema has the member %s", name, member)
		}
	}
	if len(got.members) != len(want) {
		t.Errorf("%s: %d members, the schema has %d", name, len(got.members), len(want))
	}
}
