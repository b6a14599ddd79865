package odd

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/suite"
)

func TestNames(t *testing.T) {
	for _, name := range []string{"with space", "a/b", "", "ünï", "twice", "twice", "--- FAIL: TestOther (0.00s)"} {
		t.Run(name, func(t *testing.T) { t.Errorf("bad %q", name) })
	}
}

// A test of a tool that reads logs prints logs.
func TestPrintsEvents(t *testing.T) {
	fmt.Println(`{"Action":"run","Package":"example.com/quoted","Test":"TestQuoted"}`)
	fmt.Println(`{"Action":"fail","Package":"example.com/quoted","Test":"TestQuoted"}`)
	fmt.Println(`{"level":"error","msg":"request timeout, giving up"}`)
	t.Log("--- FAIL: TestInner (0.00s)")
	t.Log("ok, that was a quotation")
}

func FuzzParse(f *testing.F) {
	f.Add("fine")
	f.Add("bad")
	f.Fuzz(func(t *testing.T, text string) {
		if text == "bad" {
			t.Errorf("cannot parse %q", text)
		}
	})
}

func Example() {
	fmt.Println("hello")
	fmt.Println("wrold")
	// Output:
	// hello
	// world
}

type tableSuite struct{ suite.Suite }

func (s *tableSuite) TestTable() {
	for _, name := range []string{"one", "two three", "x/y"} {
		s.T().Run(name, func(t *testing.T) {
			t.Parallel()
			time.Sleep(5 * time.Millisecond)
			if name != "one" {
				t.Errorf("case %s broke", name)
			}
		})
	}
}

func TestTableSuite(t *testing.T) {
	t.Parallel()
	suite.Run(t, new(tableSuite))
}
