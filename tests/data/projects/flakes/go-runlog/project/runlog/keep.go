package runlog

import "time"

// Old gives the names of the runs that began before the limit; whatever is no run is left alone.
func Old(names []string, limit time.Time) []string {
	var old []string
	for _, name := range names {
		if begin, err := BeginOf(name); err == nil && begin.Before(limit) {
			old = append(old, name)
		}
	}
	return old
}
