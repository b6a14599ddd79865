package ledger;

import static org.junit.Assert.assertNotEquals;

import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;

@RunWith(Parameterized.class)
public class CasesTest {
    @Parameterized.Parameters(name = "{0} (x)")
    public static Object[] amounts() {
        return new Object[] {"1.5", "a b"};
    }

    @Parameterized.Parameter public String amount;

    @Test
    public void adds() {
        assertNotEquals("1.5", amount);
    }

    @Test
    public void addsAll() {}
}
