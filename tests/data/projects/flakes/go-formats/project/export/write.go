package export

import (
	"fmt"
	"html"
	"strings"
)

func writeCSV(rows []Row) string {
	var out strings.Builder
	out.WriteString("article,sold,cents\n")
	for _, row := range rows {
		fmt.Fprintf(&out, "%s,%d,%d\n", row.Article, row.Sold, row.Cents)
	}
	return out.String()
}

func writeText(rows []Row) string {
	var out strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&out, "%-12s %5d %8.2f\n", row.Article, row.Sold, float64(row.Cents)/100)
	}
	return out.String()
}

func writeHTML(rows []Row) string {
	var out strings.Builder
	out.WriteString("<table>\n")
	for _, row := range rows {
		fmt.Fprintf(&out, "<tr><td>%s<td>%d<td>%d\n", html.EscapeString(row.Article), row.Sold, row.Cents)
	}
	out.WriteString("</table>\n")
	return out.String()
}
