package rates

import "testing"

func TestKronaIsACode(t *testing.T) {
	if len(Krona) != 3 {
		t.Errorf("Krona = %q, want three letters", Krona)
	}
}
