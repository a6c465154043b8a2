//! What someone who starts the server by hand reads first: where to go, and how to sign in.

use std::net::SocketAddr;

use app::context::IsDemo;
use domain::Code;
use engine::demo::{OPERATORS, PASSWORD, SHOPPERS};

/// `codes` are pool codes of the demo that are still to be had.
pub(crate) fn print(address: SocketAddr, IsDemo(is_demo): IsDemo, codes: &[Code]) {
    println!();
    println!("The shop:     http://{address}/");
    println!("The console:  http://{address}/ops");
    if is_demo {
        let (operator, _, _) = OPERATORS[0];
        let (shopper, _) = SHOPPERS[0];
        println!();
        println!("This is a demo; its history is made up. Sign in with the password {PASSWORD}");
        println!("to the shop as     {shopper}");
        println!("to the console as  {operator}");
        if !codes.is_empty() {
            let codes: Vec<String> = codes.iter().map(|code| code.grouped()).collect();
            println!("and enter a code in the wallet: {}", codes.join(" or "));
        }
    }
    println!();
}
