package rates

import (
	"errors"
	"sync"
	"testing"
	"time"
)

var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

func TestConvert(t *testing.T) {
	t.Parallel()
	store := NewStore(atNoon)
	store.Set("CHF", 1.5)
	euros, err := store.Convert(10, "CHF")
	if err != nil || euros != 15 {
		t.Errorf("Convert(10, CHF) = %v, %v, want 15", euros, err)
	}
}

func TestConvertUnknownCurrency(t *testing.T) {
	t.Parallel()
	if _, err := NewStore(atNoon).Convert(10, "XXX"); !errors.Is(err, ErrUnknown) {
		t.Errorf("Convert(10, XXX) gave the error %v", err)
	}
}

func TestStale(t *testing.T) {
	t.Parallel()
	now := noon
	store := NewStore(func() time.Time { return now })
	store.Set("CHF", 1.5)
	if store.Stale(time.Minute) {
		t.Error("a rate of this moment is stale")
	}
	now = now.Add(2 * time.Minute)
	if !store.Stale(time.Minute) {
		t.Error("a rate of two minutes ago is not stale")
	}
}

func TestRefreshWhileConverting(t *testing.T) {
	t.Parallel()
	store := NewStore(atNoon)
	store.Set("CHF", 1.5)
	var done sync.WaitGroup
	done.Add(2)
	go func() {
		defer done.Done()
		store.Set("CHF", 1.6)
	}()
	go func() {
		defer done.Done()
		if _, err := store.Convert(10, "CHF"); err != nil {
			t.Errorf("Convert(10, CHF) gave the error %v", err)
		}
		if store.Stale(time.Minute) {
			t.Error("a rate of this moment is stale")
		}
	}()
	done.Wait()
}
