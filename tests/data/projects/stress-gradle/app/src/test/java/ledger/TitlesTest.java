package ledger;

import java.util.List;
import org.junit.runner.Description;
import org.junit.runner.RunWith;
import org.junit.runner.notification.RunNotifier;
import org.junit.runners.ParentRunner;

/** Tests with sentences for names, as Kotlin and Spock have them. */
@RunWith(TitlesTest.Titles.class)
public class TitlesTest {
    public static class Titles extends ParentRunner<String> {
        public Titles(Class<?> type) throws Exception {
            super(type);
        }

        @Override
        protected List<String> getChildren() {
            return List.of("adds up", "adds up twice");
        }

        @Override
        protected Description describeChild(String title) {
            return Description.createTestDescription(TitlesTest.class, title);
        }

        @Override
        protected void runChild(String title, RunNotifier notifier) {
            notifier.fireTestStarted(describeChild(title));
            notifier.fireTestFinished(describeChild(title));
        }
    }
}
