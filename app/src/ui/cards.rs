//! A table whose rows become cards where there is little room, with what can be done about each row at its end.

use leptos::prelude::*;

/// The table; its children are its rows.
#[component]
pub(crate) fn Cards(
    /// What the rows are, for those who do not see it.
    caption: &'static str,
    /// The columns' names, but for the last one's.
    heads: &'static [&'static str],
    children: Children,
) -> impl IntoView {
    let heads = heads.iter().map(|head| view! { <th scope="col">{*head}</th> }).collect_view();
    view! {
        <table class="table table--cards">
            <caption class="hidden">{caption}</caption>
            <thead>
                <tr>
                    {heads}
                    <th scope="col"><span class="hidden">"Actions"</span></th>
                </tr>
            </thead>
            <tbody>{children()}</tbody>
        </table>
    }
}
