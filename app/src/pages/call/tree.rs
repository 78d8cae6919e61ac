//! The methods of the service, to go from one to the next.

use crate::api::call::Leaf;
use crate::routes;
use leptos::prelude::*;

const TREE_ID: &str = "methods";

/// The method tree, with a filter.
#[component]
pub(super) fn Tree(service: String, current: String, tree: Vec<Leaf>, omitted: u32) -> impl IntoView {
    let filter = RwSignal::new(String::new());
    let count = tree.len();
    let groups = grouped(tree).into_iter().map(|(grpc, leaves)| {
        let leaves = leaves
            .into_iter()
            .map(|leaf| view! { <Entry service=service.clone() current=current.clone() leaf filter/> });
        view! {
            <li class="tree__group">
                <p class="tree__service">{grpc}</p>
                <ul>{leaves.collect_view()}</ul>
            </li>
        }
    });
    let groups = groups.collect_view();
    let more = (omitted > 0)
        .then(|| view! { <p class="tree__more">{format!("{omitted} more are not listed.")}</p> });
    view! {
        <button type="button" class="button tree__open" popovertarget=TREE_ID>"Methods "<span class="count">{count}</span></button>
        // A popover so that it opens as a sheet on a phone without scripts; wide screens always show it.
        <nav id=TREE_ID class="panes__pane tree" aria-label="Methods" popover="auto">
            <p class="tree__title">"Methods "<span class="count">{count}</span></p>
            <label class="search tree__filter needs-script">
                <span class="hidden">"Filter methods"</span>
                <crate::ui::icon::Icon name="search"/>
                <input type="search" placeholder="Filter" autocomplete="off" spellcheck="false"
                    on:input=move |event| filter.set(event_target_value(&event).to_lowercase())/>
            </label>
            <ul class="tree__list">{groups}</ul>
            {more}
        </nav>
    }
}

/// Leaves by gRPC service, in order.
fn grouped(tree: Vec<Leaf>) -> Vec<(String, Vec<Leaf>)> {
    let mut groups: Vec<(String, Vec<Leaf>)> = Vec::new();
    for leaf in tree {
        match groups.last_mut() {
            Some((service, leaves)) if *service == leaf.service => leaves.push(leaf),
            _ => groups.push((leaf.service.clone(), vec![leaf])),
        }
    }
    groups
}

#[component]
fn Entry(service: String, current: String, leaf: Leaf, filter: RwSignal<String>) -> impl IntoView {
    let here = format!("{}.{}", leaf.service, leaf.name) == current;
    let lower = leaf.name.to_lowercase();
    let hidden = move || !filter.with(|filter| lower.contains(filter.trim()));
    let streams = match leaf.streams {
        (false, false) => None,
        (true, false) => Some("in"),
        (false, true) => Some("out"),
        (true, true) => Some("both"),
    };
    let tag = streams
        .map(|word| view! { <span class="tree__tag"><span class="hidden">"streams "</span>{word}</span> });
    let class = if leaf.deprecated { "tree__leaf tree__leaf--old" } else { "tree__leaf" };
    view! {
        <li hidden=hidden>
            <a class=class href=routes::method(&service, &leaf.url_name) aria-current=here.then_some("page")>
                <span class="tree__name">{leaf.name}</span>{tag}
            </a>
        </li>
    }
}
