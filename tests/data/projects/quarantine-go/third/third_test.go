package third

import "testing"

func TestPut(t *testing.T) {}
