package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// impure are the packages that a core must not import at all.
var impure = []string{
	"context", "crypto/rand", "io/ioutil", "log", "log/slog", "math/rand", "math/rand/v2", "net", "net/http", "os", "os/exec",
	"runtime", "sync", "sync/atomic", "syscall",
}

// clocks are the functions of package time that read a clock or wait for one.
var clocks = []string{
	"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Sleep",
}

// TestCoresAreDeterministic looks at the syntax, since a transitive ban cannot
// work: fmt itself imports os.
func TestCoresAreDeterministic(t *testing.T) {
	seen := 0
	for _, p := range packages(t) {
		if !matchAny(pure, local(p.ImportPath)) {
			continue
		}
		for _, name := range p.GoFiles {
			seen++
			checkPure(t, filepath.Join(p.Dir, name))
		}
	}
	if seen == 0 {
		t.Error("looked at no file")
	}
}

// checkPure reports what one file does that a core must not.
func checkPure(t *testing.T, name string) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, nil, 0)
	if err != nil {
		t.Error(err)
		return
	}
	for _, spec := range file.Imports {
		if imported, _ := strconv.Unquote(spec.Path.Value); slices.Contains(impure, imported) {
			t.Errorf("%s imports %s: a core has no I/O, no clock, no goroutine and no randomness of its own", fset.Position(spec.Pos()), imported)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			t.Errorf("%s starts a goroutine", fset.Position(n.Pos()))
		case *ast.SelectStmt, *ast.SendStmt:
			t.Errorf("%s uses a channel", fset.Position(n.Pos()))
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && x.Obj == nil && slices.Contains(clocks, n.Sel.Name) {
				t.Errorf("%s reads a clock (time.%s): time is an argument", fset.Position(n.Pos()), n.Sel.Name)
			}
		}
		return true
	})
}
