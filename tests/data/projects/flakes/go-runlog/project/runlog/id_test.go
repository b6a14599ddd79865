package runlog

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func TestNameAt(t *testing.T) {
	begin := time.Date(2026, time.March, 2, 3, 30, 0, 512_700_000, time.UTC)
	if got, want := NameAt(begin), "run-20260302T033000-2bc"; got != want {
		t.Errorf("NameAt(%v) = %q, want %q", begin, got, want)
	}
}

func TestBeginOfSomethingElse(t *testing.T) {
	for _, name := range []string{"", "notes.txt", "run-20260302", "run-20260302T033000-xyz"} {
		if _, err := BeginOf(name); !errors.Is(err, ErrNoRun) {
			t.Errorf("BeginOf(%q) gave the error %v", name, err)
		}
	}
}

func TestOld(t *testing.T) {
	names := []string{"run-20260301T033000-2bc", "notes.txt", "run-20260302T033000-2bd"}
	limit := time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC)
	if got := Old(names, limit); !slices.Equal(got, names[:1]) {
		t.Errorf("Old = %v, want the first", got)
	}
}

func TestThisRunIsFoundAgain(t *testing.T) {
	begin, err := BeginOf(ThisRun)
	if err != nil {
		t.Fatal("the run of this process has a name that cannot be read")
	}
	if age := time.Since(begin); age < 0 || age > time.Hour {
		t.Errorf("this run began %v ago", age)
	}
}
