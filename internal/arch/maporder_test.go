package arch

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
	"testing"
)

// TestCoresDoNotDependOnMapOrder finds every walk over a map in a core. Where
// the order truly cannot matter (a count, a deletion), the line above says why
// in a comment that begins with "Map order:".
func TestCoresDoNotDependOnMapOrder(t *testing.T) {
	if testing.Short() {
		t.Skip("type-checks the standard library from source: not with -short")
	}
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "source", nil)
	for _, p := range packages(t) {
		if !matchAny(pure, local(p.ImportPath)) {
			continue
		}
		var files []*ast.File
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
		config := types.Config{Importer: imports}
		if _, err := config.Check(p.ImportPath, fset, files, info); err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			checkMapOrder(t, fset, file, info)
		}
	}
}

// checkMapOrder reports the unargued walks of one file.
func checkMapOrder(t *testing.T, fset *token.FileSet, file *ast.File, info *types.Info) {
	argued := map[int]bool{}
	for _, group := range file.Comments {
		if strings.Contains(group.Text(), "Map order:") {
			argued[fset.Position(group.End()).Line+1] = true
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		loop, ok := n.(*ast.RangeStmt)
		if !ok {
			return true
		}
		_, isMap := info.TypeOf(loop.X).Underlying().(*types.Map)
		if at := fset.Position(loop.Pos()); isMap && !argued[at.Line] {
			t.Errorf("%s walks a map: sort the keys, or say above it why the order cannot matter (// Map order: ...)", at)
		}
		return true
	})
}
