using Baker.Core.Planning;

namespace Baker.Cloud.Changes;

/// <summary>Who is told how changes go, as it happens; called from several threads.</summary>
public interface IChangeWatcher
{
    /// <summary>
    /// How many steps are to come, as far as is known: told before the first, and again where what was done is taken back.
    /// </summary>
    void Planned(string subject, int steps)
    {
        // Most show a step as it comes.
    }

    /// <param name="subject">What is changed: mostly a node group.</param>
    /// <param name="expected">How long the step took before, where that is known.</param>
    void StepBegan(string subject, ChangeStep step, TimeSpan? expected);

    /// <param name="failure">Why it did not do what it says; null where it did.</param>
    void StepEnded(string subject, ChangeStep step, TimeSpan took, Exception? failure);

    /// <summary>What a program on an instance prints, as it comes; not necessarily whole lines.</summary>
    void Output(string subject, string text);

    /// <summary>Something a person should know; an empty subject means the whole run.</summary>
    void Note(string subject, string text);
}
