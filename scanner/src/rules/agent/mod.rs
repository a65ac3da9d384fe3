//! What plugins for language models do to the model, and let it do.

crate::rules::group! {
    client_settings,
    confirmation_disabled,
    encoded_description,
    hidden_block,
    hidden_from_user,
    instruction_override,
    invisible_text,
    model_output_code,
    model_output_shell,
    model_output_sql,
    model_output_template,
    parameter_path,
    parameter_sql,
    parameter_template,
    parameter_url,
    readonly_tool_writes,
    secret_request,
    tool_shadowing,
    unattended_agent,
    unbounded_model_loop,
}

pub(crate) use readonly_tool_writes::promised;
