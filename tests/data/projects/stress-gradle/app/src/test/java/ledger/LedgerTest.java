package ledger;

import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.Ignore;
import org.junit.Test;

public class LedgerTest {
    private static int count(String name) throws IOException {
        Path file = Path.of(name);
        int number = Files.exists(file) ? Integer.parseInt(Files.readString(file)) + 1 : 1;
        Files.writeString(file, Integer.toString(number));
        return number;
    }

    @Test
    public void everyThird() throws IOException {
        assertNotEquals("the balance is wrong", 0, count("third.count") % 3);
    }

    @Test
    public void everyThirdish() {}

    @Test
    public void oneCpu() {
        assertTrue("one processor only", Runtime.getRuntime().availableProcessors() > 1);
    }

    @Test
    public void hangs() throws InterruptedException {
        while (Files.exists(Path.of("hang"))) {
            Thread.sleep(100);
        }
    }

    @Test
    @Ignore
    public void skipped() {}
}
