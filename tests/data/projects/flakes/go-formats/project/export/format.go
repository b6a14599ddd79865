// Package export writes the report of a shop in one of several formats.
package export

import (
	"fmt"
	"strings"
)

// Row is one line of a report: an article, how many were sold, and for how many cents.
type Row struct {
	Article string
	Sold    int
	Cents   int
}

type writer func(rows []Row) string

var writers = map[string]writer{
	"csv":  writeCSV,
	"html": writeHTML,
	"text": writeText,
}

// Formats names the formats there are, as the usage and the error messages list them.
var Formats = formatNames()

func formatNames() string {
	names := make([]string, 0, len(writers))
	for name := range writers {
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// Export writes the rows in the format of that name.
func Export(format string, rows []Row) (string, error) {
	write, ok := writers[strings.ToLower(format)]
	if !ok {
		return "", fmt.Errorf("unknown format %q, use one of: %s", format, Formats)
	}
	return write(rows), nil
}
