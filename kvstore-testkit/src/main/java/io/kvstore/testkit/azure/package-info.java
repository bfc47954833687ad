/**
 * Azure Blob Storage for tests: the real emulator as a JUnit extension, and a fake that fails on command. The fake needs
 * Netty, which is optional here: add {@code netty-codec-http} and {@code netty-transport-native-epoll} yourself.
 */
@NullMarked
package io.kvstore.testkit.azure;

import org.jspecify.annotations.NullMarked;
