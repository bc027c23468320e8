package httpfront

import (
	"fmt"
	"strings"

	"github.com/ClickHouse/ch-go/proto"
)

// hello is the first query of a driver that speaks Native over HTTP. Its answer
// decides at which revision the driver reads everything after it.
var hello = []string{"SELECT", "displayName", "(", ")", ",", "version", "(", ")", ",", "revision", "(", ")", ",", "timezone", "(", ")"}

// isHello recognises it, in Native and from a client that asks for a revision.
func isHello(j *job) bool {
	return j.req.revision > 0 && !j.Data && j.Format == "" && strings.EqualFold(j.req.format, "Native") && j.Is(hello...)
}

// writeHello answers in the engine's place. The engine writes Native at revision
// 0 whatever is asked for; saying so makes the driver read it right. Only this
// answer is in the revision that the driver assumes until it has read it.
func writeHello(j *job, s server) error {
	name, version, timezone := new(proto.ColStr), new(proto.ColStr), new(proto.ColStr)
	name.Append(s.name)
	version.Append(s.version)
	timezone.Append(s.timezone)
	block := proto.Block{Rows: 1, Columns: 4, Info: proto.BlockInfo{BucketNum: -1}}
	var buf proto.Buffer
	err := block.EncodeBlock(&buf, j.req.revision, []proto.InputColumn{
		{Name: "displayName()", Data: name},
		{Name: "version()", Data: version},
		{Name: "revision()", Data: &proto.ColUInt32{0}},
		{Name: "timezone()", Data: timezone},
	})
	if err != nil {
		return fmt.Errorf("hello: %w", err)
	}
	j.out.begin(j.req, "Native")
	j.out.stats.ResultRows = 1
	if _, err := j.out.Write(buf.Buf); err != nil {
		return err
	}
	return j.out.finish()
}
