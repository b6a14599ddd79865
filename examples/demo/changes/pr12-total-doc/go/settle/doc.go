// A total is what the bank books for one batch; it may be negative.

package settle
