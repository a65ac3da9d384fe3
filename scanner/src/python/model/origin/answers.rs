//! What language models answer: the one list for flows of data and for the rules about models.

/// Of these frameworks there are many packages, whose names begin so.
pub(super) const FAMILIES: &[&str] = &["langchain", "autogen"];

/// Beginnings of paths of language models' clients.
pub(super) const CLIENTS: &[&str] = &[
    "openai.",
    "anthropic.",
    "litellm.",
    "ollama.",
    "cohere.",
    "mistralai.",
    "groq.",
    "together.",
    "replicate.",
    "google.generativeai.",
    "google.genai.",
    "vertexai.",
    "huggingface_hub.",
    "transformers.pipeline",
    "langchain",
    "llama_index.",
    "llama_cpp.",
    "agenticraft.",
    "autogen",
    "crewai.",
    "pydantic_ai.",
    "smolagents.",
    "dspy.",
    "guidance.",
    "instructor.",
    "aisuite.",
    "xai_sdk.",
    "fireworks.",
];

/// Names of what gives an answer when it is called.
const ANSWERS: &[&str] = &[
    "create",
    "parse",
    "completion",
    "acompletion",
    "completions",
    "text_completion",
    "chat_completion",
    "chat",
    "generate",
    "agenerate",
    "generate_content",
    "generate_content_async",
    "generate_text",
    "text_generation",
    "complete",
    "acomplete",
    "invoke",
    "ainvoke",
    "predict",
    "apredict",
    "predict_messages",
    "run",
    "arun",
    "run_sync",
    "kickoff",
    "query",
    "aquery",
    "stream",
    "send_message",
    "responses",
];
/// What gives one when what it made is called: `Llama(…)(prompt)`.
const MADE: &[&str] = &["pipeline()", "Llama()"];
/// Parts of a client that give files, vectors and pictures by functions of the same names, and the one that holds the
/// classes of all answers, among modules that are called as their functions are.
const OTHERS: &[&str] = &["files", "embeddings", "images", "fine_tuning", "types"];

fn parts(path: &str) -> Option<impl Iterator<Item = &str>> {
    let is_ours = CLIENTS.iter().any(|client| path.starts_with(client));
    let parts = || path.split('.').skip(1);
    let gives_other = || parts().any(|part| OTHERS.contains(&bare(part)));
    (is_ours && !gives_other()).then(parts)
}

fn bare(part: &str) -> &str {
    part.split(['(', '[']).next().unwrap_or(part)
}

/// Whether data of a path is what a model answered, or a part of it: what is below the answer is the answer, as in
/// `client.chat.completions.create(…).choices[0].message.content`.
pub(super) fn is_of_answer(path: &str) -> bool {
    parts(path).is_some_and(|mut parts| {
        parts.any(|part| ANSWERS.contains(&bare(part)) || MADE.iter().any(|made| part.starts_with(made)))
    })
}

/// Whether calling a path gives an answer. Here only the last step counts, which is where it differs from the question
/// of flows: rules ask for the call itself, once, and not for what is taken out of its answer.
pub(crate) fn is_answer(path: &str) -> bool {
    parts(path).and_then(Iterator::last).is_some_and(|last| ANSWERS.contains(&last) || MADE.contains(&last))
}

/// Whether a path is a client's, or leads to one.
pub(crate) fn is_client(path: &str) -> bool {
    CLIENTS.iter().any(|client| path.starts_with(client.trim_end_matches('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_and_their_answers_are_told_apart() {
        for (path, is_call, is_data) in [
            ("openai.OpenAI().chat.completions.create", true, true),
            ("openai.OpenAI().chat.completions.create()", false, true),
            ("openai.OpenAI().responses.create().output_text", false, true),
            ("openai.OpenAI().chat.completions.create().choices[].message.content", false, true),
            ("llama_index.core.VectorStoreIndex().as_query_engine().query", true, true),
            ("crewai.Crew().kickoff", true, true),
            ("llama_cpp.Llama()", true, true),
            ("llama_cpp.Llama()()", false, true),
            ("transformers.pipeline()", true, true),
            ("transformers.pipeline()()[]", false, true),
            ("langchain_openai.ChatOpenAI().invoke().content", false, true),
            ("openai.OpenAI().files.create", false, false),
            ("openai.OpenAI().images.generate()", false, false),
            ("openai.OpenAI().models.list", false, false),
            ("openai.types.responses.Response", false, false),
            ("google.genai.types.Part", false, false),
            ("transformers.AutoModel().generate", false, false),
            ("shop.create", false, false),
        ] {
            assert_eq!((is_answer(path), is_of_answer(path)), (is_call, is_data), "{path}");
        }
    }
}
