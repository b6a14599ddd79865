package account

import (
	"fmt"
	"os"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     Balance
	}{
		{"two digits", "12.34", 1234},
		{"no fraction", "12", 1200},
		{"plus+sign", "+3.50", 351},
		{"duplicate", "1.00", 100},
		{"duplicate", "2.00", 201},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Parse(c.in)
			if err != nil {
				t.Fatalf("Parse(%q): %v", c.in, err)
			}
			if got != c.want {
				t.Errorf("Parse(%q) = %d, want %d", c.in, got, c.want)
			}
		})
	}
}

func TestTransfer(t *testing.T) {
	t.Log("opening two accounts")
	t.Errorf("balance after transfer:\ngot  %d\nwant %d", 10, 20)
	t.Log("closing two accounts")
}

func TestDeposit(t *testing.T) {
	t.Log("deposit is fine, error count 0, no timeout, nothing to FAIL")
}

func TestSilent(t *testing.T) {
	t.Fail()
}

func TestOverdraft(t *testing.T) {
	checkOverdraft(t, 5)
}

func checkOverdraft(t *testing.T, n int) {
	t.Helper()
	t.Fatalf("overdraft of %d allowed", n)
}

func TestProgress(t *testing.T) {
	fmt.Print("counting 1 2 3 ...")
	t.Run("inner", func(t *testing.T) {
		fmt.Fprint(os.Stdout, "still counting")
		t.Error("lost count")
	})
}

func TestProgressPasses(t *testing.T) {
	fmt.Print("text without a line end")
}

func TestSkipped(t *testing.T) {
	t.Skip("not on this machine")
}

func FuzzParse(f *testing.F) {
	f.Add("7.77")
	f.Fuzz(func(t *testing.T, text string) {
		if got, _ := Parse(text); got == 777 {
			t.Errorf("unlucky amount %d", got)
		}
	})
}

func ExampleParse() {
	got, _ := Parse("3.21")
	fmt.Println(got)
	// Output: 322
}
