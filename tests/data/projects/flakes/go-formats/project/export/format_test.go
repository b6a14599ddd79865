package export

import (
	"strings"
	"testing"
)

var sold = []Row{{Article: "tea", Sold: 3, Cents: 1250}, {Article: "salt & pepper", Sold: 1, Cents: 480}}

func TestExportCSV(t *testing.T) {
	got, err := Export("CSV", sold)
	if err != nil {
		t.Fatal(err)
	}
	if want := "article,sold,cents\ntea,3,1250\nsalt & pepper,1,480\n"; got != want {
		t.Errorf("Export(csv) = %q, want %q", got, want)
	}
}

func TestExportHTMLEscapes(t *testing.T) {
	got, err := Export("html", sold)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got, "salt &amp; pepper") {
		t.Errorf("Export(html) = %q, which is not escaped", got)
	}
}

func TestExportNamesItsFormats(t *testing.T) {
	_, err := Export("xml", sold)
	if err == nil {
		t.Fatal("Export(xml) succeeded")
	}
	if !strings.HasSuffix(err.Error(), "use one of: csv, html, text") {
		t.Error("the formats are not named in the order of the manual")
	}
}
