//! Calls that give what a language model answered.

use crate::python::model::origin::CLIENTS;

/// Last steps of the paths that give an answer.
const ANSWERS: &[&str] = &[
    "create",
    "completion",
    "acompletion",
    "completions",
    "chat",
    "generate",
    "agenerate",
    "generate_content",
    "generate_text",
    "text_generation",
    "chat_completion",
    "invoke",
    "ainvoke",
    "predict",
    "apredict",
    "run",
    "arun",
    "run_sync",
    "complete",
    "acomplete",
    "stream",
    "kickoff",
    "parse",
    "send_message",
    "pipeline()",
    "Llama()",
    "predict_messages",
    "text_completion",
    "responses",
];

/// Whether a path is a client's, or leads to one.
pub(crate) fn is_client(path: &str) -> bool {
    CLIENTS.iter().any(|client| path.starts_with(client.trim_end_matches('.')))
}

/// Whether calling a path gives a model's answer.
pub(crate) fn is_answer(path: &str) -> bool {
    if !CLIENTS.iter().any(|client| path.starts_with(client)) {
        return false;
    }
    // `openai.files.create` and `images` give something else.
    if path.contains(".files.")
        || path.contains("embeddings")
        || path.contains(".images.")
        || path.contains("fine_tuning")
    {
        return false;
    }
    let last = path.rsplit('.').next().unwrap_or_default();
    ANSWERS.contains(&last) || path == "transformers.pipeline()"
}
